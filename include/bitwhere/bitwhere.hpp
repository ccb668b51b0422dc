// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

/// The C++20 layer over bitwhere.h: header-only, so that the library's ABI stays C.
/// Tensors that own, views that borrow, conditions written as expressions, errors as exceptions.

#include <bitwhere/class_losses.hpp>
#include <bitwhere/color.hpp>
#include <bitwhere/condition.hpp>
#include <bitwhere/context.hpp>
#include <bitwhere/count.hpp>
#include <bitwhere/dtype.hpp>
#include <bitwhere/elementwise.hpp>
#include <bitwhere/error.hpp>
#include <bitwhere/gradients.hpp>
#include <bitwhere/losses.hpp>
#include <bitwhere/metrics.hpp>
#include <bitwhere/nan_to_num.hpp>
#include <bitwhere/nonzero.hpp>
#include <bitwhere/palettes.hpp>
#include <bitwhere/promotion.hpp>
#include <bitwhere/reduce.hpp>
#include <bitwhere/report.hpp>
#include <bitwhere/scalar.hpp>
#include <bitwhere/scores.hpp>
#include <bitwhere/tensor.hpp>
#include <bitwhere/where.hpp>
