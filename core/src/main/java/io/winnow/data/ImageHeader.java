package io.winnow.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;

/**
 * What the first bytes of an image file say, and whether the file is all there; read without
 * decoding anything. Decoders fill what a truncated file lacks with grey or black, so completeness
 * is checked here.
 *
 * @param width in pixels; 0 where this reader does not know the format
 * @param height in pixels; 0 where this reader does not know the format
 * @param components of a JPEG file; 0 elsewhere
 */
record ImageHeader(Format format, int width, int height, int components) {
  /** The formats whose header is read here. */
  enum Format {
    JPEG,
    PNG,
    GIF,
    BMP,
    WEBP,
    OTHER
  }

  private static final long PNG_SIGNATURE = 0x89504E470D0A1A0AL;
  private static final int RIFF = 0x52494646;
  private static final int WEBP = 0x57454250;

  /**
   * Reads a header and walks the file's structure to its end.
   *
   * @throws BadImageException when the file is empty, truncated or damaged
   */
  static ImageHeader read(byte[] encoded) throws BadImageException {
    if (encoded.length == 0) {
      throw new BadImageException("the file is empty");
    }
    ByteBuffer file = ByteBuffer.wrap(encoded);
    try {
      ImageHeader header = readFormat(file, encoded);
      if (header.format != Format.OTHER && (header.width < 1 || header.height < 1)) {
        throw new BadImageException(
            "its header says %d x %d pixels".formatted(header.width, header.height));
      }
      return header;
    } catch (IndexOutOfBoundsException e) {
      throw new BadImageException("truncated: the file ends before its picture does", e);
    }
  }

  private static ImageHeader readFormat(ByteBuffer file, byte[] encoded) throws BadImageException {
    int length = encoded.length;
    if (length > 3 && (file.getInt(0) >>> 8) == 0xFFD8FF) {
      return jpeg(encoded);
    }
    if (length > 8 && file.getLong(0) == PNG_SIGNATURE) {
      return png(file, encoded);
    }
    if (length > 6 && (file.getInt(0) >>> 8) == 0x474946) {
      return gif(file.order(ByteOrder.LITTLE_ENDIAN));
    }
    if (length > 26 && file.getShort(0) == 0x424D) {
      return bmp(file.order(ByteOrder.LITTLE_ENDIAN));
    }
    if (length > 12 && file.getInt(0) == RIFF && file.getInt(8) == WEBP) {
      return webp(file.order(ByteOrder.LITTLE_ENDIAN));
    }
    return new ImageHeader(Format.OTHER, 0, 0, 0);
  }

  /**
   * Walks the marker segments, then the coded data, up to the end-of-image marker (ITU T.81, B).
   */
  private static ImageHeader jpeg(byte[] file) {
    ImageHeader header = new ImageHeader(Format.JPEG, 0, 0, 0);
    boolean coded = false;
    int at = 2;
    while (true) {
      if (file[at] != (byte) 0xFF || file[at + 1] == 0 || isRestart(file[at + 1])) {
        at += coded && file[at] == (byte) 0xFF ? 2 : 1;
        continue;
      }
      int marker = file[at + 1] & 0xFF;
      if (marker == 0xD9) {
        return header;
      }
      if (marker == 0xFF || marker == 0xD8 || marker == 0x01) {
        at++;
        continue;
      }
      if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC) {
        header =
            new ImageHeader(
                Format.JPEG, bigShort(file, at + 7), bigShort(file, at + 5), file[at + 9] & 0xFF);
      }
      coded |= marker == 0xDA;
      at += 2 + bigShort(file, at + 2);
    }
  }

  private static boolean isRestart(byte marker) {
    return (marker & 0xF8) == 0xD0;
  }

  private static int bigShort(byte[] file, int at) {
    return (file[at] & 0xFF) << 8 | (file[at + 1] & 0xFF);
  }

  /** Walks the chunks to IEND and checks their sums (PNG specification, section 5). */
  private static ImageHeader png(ByteBuffer file, byte[] encoded) throws BadImageException {
    int at = 8;
    int type = 0;
    while (type != 0x49454E44) {
      int length = file.getInt(at);
      type = file.getInt(at + 4);
      if (length < 0 || length > encoded.length - at - 12) {
        throw new BadImageException("truncated: the file ends before its picture does");
      }
      CRC32 sum = new CRC32();
      sum.update(encoded, at + 4, length + 4);
      if ((int) sum.getValue() != file.getInt(at + 8 + length)) {
        throw new BadImageException("damaged: the checksum of a PNG chunk is wrong");
      }
      at += 12 + length;
    }
    return new ImageHeader(Format.PNG, file.getInt(16), file.getInt(20), 0);
  }

  /** Walks the blocks up to the end of the first picture (GIF89a specification). */
  private static ImageHeader gif(ByteBuffer file) throws BadImageException {
    int at = 13 + colourTable(file.get(10));
    while (file.get(at) != 0x2C) {
      if (file.get(at) != 0x21) {
        throw new BadImageException("damaged: the GIF holds no picture");
      }
      at = subBlocks(file, at + 2);
    }
    int end = subBlocks(file, at + 11 + colourTable(file.get(at + 9)));
    if (end > file.capacity()) {
      throw new IndexOutOfBoundsException(end);
    }
    return new ImageHeader(Format.GIF, file.getShort(6) & 0xFFFF, file.getShort(8) & 0xFFFF, 0);
  }

  private static int colourTable(byte flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }

  private static int subBlocks(ByteBuffer file, int first) {
    int at = first;
    while (file.get(at) != 0) {
      at += 1 + (file.get(at) & 0xFF);
    }
    return at + 1;
  }

  private static ImageHeader bmp(ByteBuffer file) {
    boolean old = file.getInt(14) == 12;
    int width = old ? file.getShort(18) & 0xFFFF : file.getInt(18);
    int height = Math.abs(old ? file.getShort(20) & 0xFFFF : file.getInt(22));
    int bits = old ? file.getShort(24) : file.getShort(28);
    boolean packed = !old && (file.getInt(30) == 1 || file.getInt(30) == 2);
    long row = ((long) width * bits + 31) / 32 * 4;
    long end = file.getInt(10) + row * height;
    if (!packed && end > file.capacity()) {
      throw new IndexOutOfBoundsException((int) end);
    }
    return new ImageHeader(Format.BMP, width, height, 0);
  }

  /** The first chunk after the RIFF header is VP8 (lossy), VP8L (lossless) or VP8X (extended). */
  private static ImageHeader webp(ByteBuffer file) throws BadImageException {
    if ((file.getInt(4) & 0xFFFFFFFFL) + 8 > file.capacity()) {
      throw new IndexOutOfBoundsException(file.getInt(4));
    }
    return switch (file.get(15)) {
      case ' ' ->
          new ImageHeader(Format.WEBP, file.getShort(26) & 0x3FFF, file.getShort(28) & 0x3FFF, 0);
      case 'L' -> {
        int bits = file.getInt(21);
        yield new ImageHeader(Format.WEBP, (bits & 0x3FFF) + 1, (bits >>> 14 & 0x3FFF) + 1, 0);
      }
      case 'X' ->
          new ImageHeader(
              Format.WEBP, (file.getInt(24) & 0xFFFFFF) + 1, (file.getInt(26) >>> 8) + 1, 0);
      default -> throw new BadImageException("damaged: the WebP file holds no picture");
    };
  }
}
