// SPDX-License-Identifier: Apache-2.0
// Copyright the bitwhere authors
#pragma once

#include <bitwhere/color.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

/// The palettes that well-known data sets publish, and the names of their classes.
namespace bitwhere::palettes {

namespace detail {

/// Colours written as 0xRRGGBB.
inline palette of(std::initializer_list<std::uint32_t> colors) {
  palette out;
  out.reserve(colors.size());
  for (const std::uint32_t c : colors) {
    out.push_back({static_cast<std::uint8_t>(c >> 16), static_cast<std::uint8_t>(c >> 8 & 255),
                   static_cast<std::uint8_t>(c & 255), 255});
  }
  return out;
}

/// The parts of a text between commas.
inline std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find(',');
    out.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

}  // namespace detail

/// PASCAL VOC's colours of the labels 0 to n - 1 (VOCcolormap of the VOC development kit): label
/// bits 0, 3 and 6 are the highest bits of red, 1, 4 and 7 of green, 2 and 5 of blue, the lowest
/// first. Classes are 0 to 20; 255, the border, is (224, 224, 192).
inline palette voc(std::int64_t n = 256) {
  palette out;
  for (std::int64_t label = 0; label < n; ++label) {
    color c;
    auto rest = static_cast<std::uint64_t>(label);
    for (unsigned bit = 0x80; bit != 0; bit >>= 1, rest >>= 3) {
      if ((rest & 1) != 0) c.red = static_cast<std::uint8_t>(c.red | bit);
      if ((rest & 2) != 0) c.green = static_cast<std::uint8_t>(c.green | bit);
      if ((rest & 4) != 0) c.blue = static_cast<std::uint8_t>(c.blue | bit);
    }
    out.push_back(c);
  }
  return out;
}

/// Cityscapes, the 19 train ids (Cordts et al. 2016; cityscapesScripts, helpers/labels.py). Other
/// pixels are 255, which has no colour here.
inline palette cityscapes() {
  return detail::of({0x804080, 0xF423E8, 0x464646, 0x66669C, 0xBE9999, 0x999999, 0xFAAA1E, 0xDCDC00,
                     0x6B8E23, 0x98FB98, 0x4682B4, 0xDC143C, 0xFF0000, 0x00008E, 0x000046, 0x003C64,
                     0x005064, 0x0000E6, 0x770B20});
}

/// CamVid, the 11 classes of SegNet (Badrinarayanan et al. 2017, after Brostow et al. 2009;
/// SegNet-Tutorial), and black for 11, which is void.
inline palette camvid() {
  return detail::of({0x808080, 0x800000, 0xC0C080, 0x804080, 0x3C28DE, 0x808000, 0xC08080, 0x404080,
                     0x400080, 0x404000, 0x0080C0, 0x000000});
}

/// ADE20K, the 150 classes of its scene parsing challenge (Zhou et al. 2017; color150.mat of
/// CSAILVision/sceneparsing), wall first: one less than the ids in its files, where 0 is no class.
inline palette ade20k() {
  return detail::of(
      {0x787878, 0xB47878, 0x06E6E6, 0x503232, 0x04C803, 0x787850, 0x8C8C8C, 0xCC05FF, 0xE6E6E6,
       0x04FA07, 0xE005FF, 0xEBFF07, 0x96053D, 0x787846, 0x08FF33, 0xFF0652, 0x8FFF8C, 0xCCFF04,
       0xFF3307, 0xCC4603, 0x0066C8, 0x3DE6FA, 0xFF0633, 0x0B66FF, 0xFF0747, 0xFF09E0, 0x0907E6,
       0xDCDCDC, 0xFF095C, 0x7009FF, 0x08FFD6, 0x07FFE0, 0xFFB806, 0x0AFF47, 0xFF290A, 0x07FFFF,
       0xE0FF08, 0x6608FF, 0xFF3D06, 0xFFC207, 0xFF7A08, 0x00FF14, 0xFF0829, 0xFF0599, 0x0633FF,
       0xEB0CFF, 0xA09614, 0x00A3FF, 0x8C8C8C, 0xFA0A0F, 0x14FF00, 0x1FFF00, 0xFF1F00, 0xFFE000,
       0x99FF00, 0x0000FF, 0xFF4700, 0x00EBFF, 0x00ADFF, 0x1F00FF, 0x0BC8C8, 0xFF5200, 0x00FFF5,
       0x003DFF, 0x00FF70, 0x00FF85, 0xFF0000, 0xFFA300, 0xFF6600, 0xC2FF00, 0x008FFF, 0x33FF00,
       0x0052FF, 0x00FF29, 0x00FFAD, 0x0A00FF, 0xADFF00, 0x00FF99, 0xFF5C00, 0xFF00FF, 0xFF00F5,
       0xFF0066, 0xFFAD00, 0xFF0014, 0xFFB8B8, 0x001FFF, 0x00FF3D, 0x0047FF, 0xFF00CC, 0x00FFC2,
       0x00FF52, 0x000AFF, 0x0070FF, 0x3300FF, 0x00C2FF, 0x007AFF, 0x00FFA3, 0xFF9900, 0x00FF0A,
       0xFF7000, 0x8FFF00, 0x5200FF, 0xA3FF00, 0xFFEB00, 0x08B8AA, 0x8500FF, 0x00FF5C, 0xB800FF,
       0xFF001F, 0x00B8FF, 0x00D6FF, 0xFF0070, 0x5CFF00, 0x00E0FF, 0x70E0FF, 0x46B8A0, 0xA300FF,
       0x9900FF, 0x47FF00, 0xFF00A3, 0xFFCC00, 0xFF008F, 0x00FFEB, 0x85FF00, 0xFF00EB, 0xF500FF,
       0xFF007A, 0xFFF500, 0x0ABED4, 0xD6FF00, 0x00CCFF, 0x1400FF, 0xFFFF00, 0x0099FF, 0x0029FF,
       0x00FFCC, 0x2900FF, 0x29FF00, 0xAD00FF, 0x00F5FF, 0x4700FF, 0x7A00FF, 0x00FFB8, 0x005CFF,
       0xB8FF00, 0x0085FF, 0xFFD600, 0x19C2C2, 0x66FF00, 0x5C00FF});
}

/// What `find` knows.
inline constexpr std::string_view known[] = {"voc", "cityscapes", "camvid", "ade20k"};

/// A palette by its name; none of another name.
///   Example:  colorize(cpu, labels, palettes::find("cityscapes").value()).image
inline std::optional<palette> find(std::string_view name) {
  if (name == "voc") return voc();
  if (name == "cityscapes") return cityscapes();
  if (name == "camvid") return camvid();
  if (name == "ade20k") return ade20k();
  return std::nullopt;
}

/// The class names of a palette that `find` knows, the first for label 0; else none. Of ADE20K the
/// first of each class's names in objectInfo150.txt.
inline std::vector<std::string_view> names(std::string_view name) {
  if (name == "voc") {
    return detail::words(
        "background,aeroplane,bicycle,bird,boat,bottle,bus,car,cat,chair,cow,diningtable,dog,"
        "horse,motorbike,person,pottedplant,sheep,sofa,train,tvmonitor");
  }
  if (name == "cityscapes") {
    return detail::words(
        "road,sidewalk,building,wall,fence,pole,traffic light,traffic sign,vegetation,"
        "terrain,sky,person,rider,car,truck,bus,train,motorcycle,bicycle");
  }
  if (name == "camvid") {
    return detail::words(
        "Sky,Building,Pole,Road,Pavement,Tree,SignSymbol,Fence,Car,Pedestrian,Bicyclist");
  }
  if (name == "ade20k") {
    return detail::words(
        "wall,building,sky,floor,tree,ceiling,road,bed,windowpane,grass,cabinet,sidewalk,"
        "person,earth,door,table,mountain,plant,curtain,chair,car,water,painting,sofa,shelf,"
        "house,sea,mirror,rug,field,armchair,seat,fence,desk,rock,wardrobe,lamp,bathtub,"
        "railing,cushion,base,box,column,signboard,chest of drawers,counter,sand,sink,"
        "skyscraper,fireplace,refrigerator,grandstand,path,stairs,runway,case,pool table,"
        "pillow,screen door,stairway,river,bridge,bookcase,blind,coffee table,toilet,flower,"
        "book,hill,bench,countertop,stove,palm,kitchen island,computer,swivel chair,boat,bar,"
        "arcade machine,hovel,bus,towel,light,truck,tower,chandelier,awning,streetlight,"
        "booth,television,airplane,dirt track,apparel,pole,land,bannister,escalator,ottoman,"
        "bottle,buffet,poster,stage,van,ship,fountain,conveyer belt,canopy,washer,plaything,"
        "swimming pool,stool,barrel,basket,waterfall,tent,bag,minibike,cradle,oven,ball,food,"
        "step,tank,trade name,microwave,pot,animal,bicycle,lake,dishwasher,screen,blanket,"
        "sculpture,hood,sconce,vase,traffic light,tray,ashcan,fan,pier,crt screen,plate,"
        "monitor,bulletin board,shower,radiator,glass,clock,flag");
  }
  return {};
}

}  // namespace bitwhere::palettes
