package io.winnow.data;

import io.winnow.tensor.Workers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How many files of a set are stored in another form than the 8-bit colours that networks look at,
 * and what decoding made of them: greyscale, CMYK, 16-bit, transparent and animated files. Headers
 * alone are read. Raw pixels and formats whose header is not known here have no form.
 */
public final class StoredForms {
  private static final String GREY = "greyscale, tripled to RGB";
  private static final String CMYK = "CMYK, converted as Pillow does";
  private static final String DEEP = "of 16 bits per channel, of which the upper 8 are kept";
  private static final String ALPHA = "stored with transparency, which is dropped";
  private static final String ANIMATED = "animated, of which the first frame is taken";

  private StoredForms() {}

  /** Counts by form, in words that follow a number of files; forms that do not occur are absent. */
  public static Map<String, Integer> count(Dataset dataset, int threads) {
    List<List<String>> forms = new ArrayList<>();
    for (int i = 0; i < dataset.size(); i++) {
      forms.add(List.of());
    }
    Workers.forEach(dataset.size(), threads, i -> forms.set(i, of(dataset.encoded(i))));
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (String form : List.of(GREY, CMYK, DEEP, ALPHA, ANIMATED)) {
      int count = (int) forms.stream().filter(own -> own.contains(form)).count();
      if (count > 0) {
        counts.put(form, count);
      }
    }
    return counts;
  }

  private static List<String> of(byte[] encoded) {
    try {
      ImageHeader header = ImageHeader.read(encoded);
      ByteBuffer file = ByteBuffer.wrap(encoded);
      return switch (header.format()) {
        case JPEG -> jpeg(header.components());
        case PNG -> png(file);
        case GIF -> gif(file.order(ByteOrder.LITTLE_ENDIAN));
        case WEBP -> webp(file);
        case BMP -> List.of();
        case OTHER -> tiff(file);
      };
    } catch (BadImageException | IndexOutOfBoundsException e) {
      // The inventory names what cannot be decoded.
      return List.of();
    }
  }

  private static List<String> jpeg(int components) {
    return components == 1 ? List.of(GREY) : components == 4 ? List.of(CMYK) : List.of();
  }

  /** IHDR holds depth and colour type; acTL, in front of the pixels, marks an animation. */
  private static List<String> png(ByteBuffer file) {
    List<String> forms = new ArrayList<>();
    int colour = file.get(25);
    add(forms, GREY, colour == 0 || colour == 4);
    add(forms, DEEP, file.get(24) == 16);
    boolean alpha = colour == 4 || colour == 6;
    int type = 0;
    for (int at = 8; type != 0x49444154; at += 12 + file.getInt(at)) {
      type = file.getInt(at + 4);
      add(forms, ANIMATED, type == 0x6163544C);
      alpha |= type == 0x74524E53;
    }
    add(forms, ALPHA, alpha);
    return forms;
  }

  /** A control block with a transparent colour; a second picture behind the first one. */
  private static List<String> gif(ByteBuffer file) {
    List<String> forms = new ArrayList<>();
    int at = 13 + table(file.get(10));
    int pictures = 0;
    while (at < file.capacity() && file.get(at) != 0x3B && pictures < 2) {
      boolean picture = file.get(at) == 0x2C;
      boolean control = file.getShort(at) == (short) 0xF921;
      pictures += picture ? 1 : 0;
      add(forms, ALPHA, control && pictures == 0 && (file.get(at + 3) & 1) != 0);
      at = blocks(file, picture ? at + 11 + table(file.get(at + 9)) : at + 2);
    }
    add(forms, ANIMATED, pictures > 1);
    return forms;
  }

  private static int table(byte flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }

  private static int blocks(ByteBuffer file, int first) {
    int at = first;
    while (file.get(at) != 0) {
      at += 1 + (file.get(at) & 0xFF);
    }
    return at + 1;
  }

  /** Flags of the extended form; the lossless form has a bit behind its width and height. */
  private static List<String> webp(ByteBuffer file) {
    List<String> forms = new ArrayList<>();
    add(forms, ALPHA, file.get(15) == 'L' && (file.get(24) & 0x10) != 0);
    if (file.get(15) == 'X') {
      add(forms, ALPHA, (file.get(20) & 0x10) != 0);
      add(forms, ANIMATED, (file.get(20) & 0x02) != 0);
    }
    return forms;
  }

  /**
   * The tags of the first directory: bits per sample (258), photometric interpretation (262) and
   * extra samples (338), of which 1 and 2 mean alpha.
   */
  private static List<String> tiff(ByteBuffer file) {
    int order = file.getShort(0);
    if (order != 0x4949 && order != 0x4D4D) {
      return List.of();
    }
    file.order(order == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    List<String> forms = new ArrayList<>();
    int directory = file.getInt(4);
    int entries = file.getShort(directory) & 0xFFFF;
    for (int i = 0; i < entries; i++) {
      int entry = directory + 2 + 12 * i;
      int tag = file.getShort(entry) & 0xFFFF;
      boolean inPlace = file.getInt(entry + 4) <= 2;
      int value = file.getShort(inPlace ? entry + 8 : file.getInt(entry + 8)) & 0xFFFF;
      add(forms, DEEP, tag == 258 && value == 16);
      add(forms, GREY, tag == 262 && value < 2);
      add(forms, CMYK, tag == 262 && value == 5);
      add(forms, ALPHA, tag == 338 && value > 0);
    }
    add(forms, ANIMATED, file.getInt(directory + 2 + 12 * entries) != 0);
    return forms;
  }

  private static void add(List<String> forms, String form, boolean has) {
    if (has && !forms.contains(form)) {
      forms.add(form);
    }
  }
}
