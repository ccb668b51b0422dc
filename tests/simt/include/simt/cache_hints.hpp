// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include "simt/atomics.hpp"
#include "simt/qualifiers.hpp"

// Cache hints change no value: plain loads and stores, so that guards and UBSan see them.
template <class T>
T __ldg(const T* address) {
  return *address;
}
template <class T>
T __ldca(const T* address) {
  return *address;
}
template <class T>
T __ldcs(const T* address) {
  return *address;
}
template <class T>
T __ldlu(const T* address) {
  return *address;
}

// These two bypass the first-level cache, which is how one polls a flag: they let others run.
template <class T>
T __ldcg(const T* address, simt::site where = simt::site::here()) {
  simt::detail::after_atomic(false, where);
  return *address;
}
template <class T>
T __ldcv(const T* address, simt::site where = simt::site::here()) {
  simt::detail::after_atomic(false, where);
  return *address;
}

template <class T>
void __stwb(T* address, T value) {
  *address = value;
}
template <class T>
void __stcg(T* address, T value) {
  *address = value;
}
template <class T>
void __stcs(T* address, T value) {
  *address = value;
}
template <class T>
void __stwt(T* address, T value) {
  *address = value;
}
