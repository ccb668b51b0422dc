// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#include "scenes.hpp"

#include "canvas.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace bitwhere::tool {

namespace {

enum label : std::uint8_t { sky, building, road, pavement, tree, pole, car, pedestrian };

/// What a prediction gets wrong while the scene is drawn.
struct mistakes {
  bool thin_things = false;    ///< every second pole and pedestrian is missed
  bool far_buildings = false;  ///< some buildings are taken for trees
};

/// Draws one scene from back to front. The target and the prediction are drawn from the same
/// numbers, so that they differ by mistakes alone.
class street {
 public:
  street(int number, mistakes wrong) : numbers_(static_cast<std::uint64_t>(number)), wrong_(wrong) {
    horizon_ = numbers_.in(105, 130);
    vanishing_ = numbers_.in(190, 290);
    left_ = numbers_.in(20, 90);
    right_ = numbers_.in(390, 460);
  }

  canvas draw() && {
    picture_.rectangle(0, horizon_, scene_width, scene_height, pavement);
    draw_buildings();
    draw_road();
    draw_trees();
    draw_poles();
    draw_cars();
    draw_pedestrians();
    return std::move(picture_);
  }

 private:
  /// The size at row y of what is `size` pixels at the lower edge.
  [[nodiscard]] int scaled(int size, int y) const {
    return std::max(1, size * (y - horizon_ + 12) / (scene_height - horizon_ + 12));
  }

  /// The column at row y on the line from the vanishing point to x at the lower edge.
  [[nodiscard]] int column(int x, int y) const {
    return vanishing_ + (x - vanishing_) * (y - horizon_) / (scene_height - horizon_);
  }

  void draw_buildings() {
    for (int x = -10; x < scene_width;) {
      const int width = numbers_.in(36, 80);
      const int distance = std::abs(x + width / 2 - vanishing_);
      const int top = horizon_ - 14 - distance * numbers_.in(20, 44) / 100;
      const bool gap = numbers_.in(0, 6) == 0;
      const bool mistaken = numbers_.in(0, 4) == 0 && wrong_.far_buildings;
      if (!gap) {
        picture_.rectangle(x, top, x + width, horizon_ + 4 + distance / 12,
                           mistaken ? tree : building);
      }
      x += width;
    }
  }

  void draw_road() {
    for (int y = horizon_; y < scene_height; ++y) {
      picture_.rectangle(column(left_, y) - 3, y, column(right_, y) + 3, y + 1, road);
    }
  }

  void draw_trees() {
    for (int i = 0; i < 3; ++i) {
      const int foot = numbers_.in(horizon_ + 18, horizon_ + 60);
      const bool at_left = i % 2 == 0;
      const int x = column(at_left ? left_ - 130 : right_ + 130, foot) + numbers_.in(-12, 12);
      const int height = scaled(numbers_.in(190, 240), foot);
      picture_.rectangle(x - height / 22 - 1, foot - height, x + height / 22 + 2, foot, tree);
      picture_.ellipse(x, foot - height, height * 2 / 5, height / 2, tree);
    }
  }

  void draw_poles() {
    for (int i = 0; i < 4; ++i) {
      const int foot = horizon_ + 16 + 24 * i + numbers_.in(0, 10);
      const int x = column(i % 2 == 0 ? left_ - 36 : right_ + 36, foot);
      const int height = scaled(260, foot);
      const int half = scaled(4, foot);
      const bool sign = numbers_.in(0, 1) == 0;
      if (wrong_.thin_things && i % 2 == 1) continue;
      picture_.rectangle(x - half, foot - height, x + half, foot, pole);
      if (sign)
        picture_.rectangle(x - 3 * half, foot - height, x + 3 * half, foot - height * 4 / 5, pole);
    }
  }

  void draw_cars() {
    for (int i = 0; i < 3; ++i) {
      const int foot = horizon_ + 18 + 34 * i + numbers_.in(0, 16);
      const int width = scaled(numbers_.in(130, 160), foot);
      const int x = column(i % 2 == 0 ? left_ + 100 : right_ - 110, foot) + numbers_.in(-8, 8);
      const int height = width * 2 / 5;
      picture_.rectangle(x - width / 2, foot - height, x + width / 2, foot - height / 6, car);
      picture_.rectangle(x - width / 3, foot - height * 3 / 2, x + width / 3, foot - height, car);
      picture_.ellipse(x - width / 3, foot - height / 5, width / 10, width / 10, car);
      picture_.ellipse(x + width / 3, foot - height / 5, width / 10, width / 10, car);
    }
  }

  void draw_pedestrians() {
    for (int i = 0; i < 4; ++i) {
      const int foot = horizon_ + 26 + 28 * i + numbers_.in(0, 14);
      const int height = scaled(100, foot);
      const int x = column(i % 2 == 0 ? right_ + 70 : left_ - 70, foot) + numbers_.in(-14, 14);
      if (wrong_.thin_things && i == 1) continue;
      picture_.rectangle(x - height / 7, foot - height * 4 / 5, x + height / 7 + 1, foot,
                         pedestrian);
      picture_.ellipse(x, foot - height * 7 / 8, height / 10 + 1, height / 8 + 1, pedestrian);
    }
  }

  number_source numbers_;
  mistakes wrong_;
  canvas picture_{scene_width, scene_height};
  int horizon_ = 0;
  int vanishing_ = 0;
  int left_ = 0;
  int right_ = 0;
};

/// Marks the pixels just outside trees, poles, cars and pedestrians.
canvas with_borders(const canvas& from) {
  canvas out = canvas(scene_width, scene_height);
  for (int y = 0; y < scene_height; ++y) {
    for (int x = 0; x < scene_width; ++x) {
      const std::uint8_t here = from.at(x, y);
      const auto other_object = [&](int x1, int y1) {
        const std::uint8_t there = from.at(x1, y1);
        return there != here && there >= tree;
      };
      const bool at_edge = other_object(x - 1, y) || other_object(x + 1, y) ||
                           other_object(x, y - 1) || other_object(x, y + 1);
      out.set(x, y, at_edge ? scene_border : here);
    }
  }
  return out;
}

/// A wave of straight lines between -height and height.
int zigzag(int at, int period, int height) {
  const int phase = at % period;
  return height * (std::abs(4 * phase - 2 * period) - period) / period;
}

/// Moves every edge by up to three pixels.
canvas with_moved_edges(const canvas& from) {
  canvas out(scene_width, scene_height);
  for (int y = 0; y < scene_height; ++y) {
    for (int x = 0; x < scene_width; ++x) {
      out.set(x, y, from.at(x + zigzag(y, 46, 3), y + zigzag(x, 58, 3)));
    }
  }
  return out;
}

/// Takes patches of pavement for road, and scatters specks of any class.
void add_noise(canvas& picture, number_source numbers) {
  for (int i = 0; i < 12; ++i) {
    const int x0 = numbers.in(0, scene_width - 1);
    const int y0 = numbers.in(scene_height / 2, scene_height - 1);
    const int radius = numbers.in(10, 34);
    for (int y = y0 - radius / 2; y < y0 + radius / 2; ++y) {
      for (int x = x0 - radius; x < x0 + radius; ++x) {
        if (picture.at(x, y) == pavement) picture.set(x, y, road);
      }
    }
  }
  for (int i = 0; i < 260; ++i) {
    const int x = numbers.in(0, scene_width - 1);
    const int y = numbers.in(0, scene_height - 1);
    const auto wrong = static_cast<std::uint8_t>(numbers.in(sky, pedestrian));
    // In this order: arguments of one call are evaluated in any.
    const int height = numbers.in(1, 4);
    const int width = numbers.in(1, 5);
    picture.rectangle(x, y, x + width, y + height, wrong);
  }
}

}  // namespace

const class_list& scene_classes() {
  static const class_list classes{
      8, {"sky", "building", "road", "pavement", "tree", "pole", "car", "pedestrian"}};
  return classes;
}

const palette& scene_palette() {
  static const palette colors = [] {
    palette out(256);
    const color of_classes[] = {{135, 186, 222}, {139, 115, 101}, {82, 84, 92},  {186, 176, 190},
                                {86, 142, 72},   {232, 200, 92},  {52, 92, 168}, {212, 76, 68}};
    std::copy(std::begin(of_classes), std::end(of_classes), out.begin());
    out[scene_border] = {245, 245, 235};
    return out;
  }();
  return colors;
}

label_map draw_scene(int number, side which) {
  if (which == side::target) return with_borders(street(number, {}).draw()).take();
  canvas seen = with_moved_edges(street(number, {true, true}).draw());
  add_noise(seen, number_source(static_cast<std::uint64_t>(1000 + number)));
  return std::move(seen).take();
}

}  // namespace bitwhere::tool
