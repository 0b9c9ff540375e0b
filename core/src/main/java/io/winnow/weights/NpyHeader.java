package io.winnow.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * The header of an npy array: what its elements are and where they start. Source: NumPy {@code
 * lib/format}, versions 1 to 3.
 *
 * @param offset bytes before the first element
 */
record NpyHeader(
    ElementType type, boolean bigEndian, boolean fortran, List<Long> shape, long offset) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /**
   * Longer headers belong to structured types with thousands of fields, which are refused anyway.
   */
  private static final int LONGEST = 1 << 20;

  private static final int ALIGNMENT = 64;

  /**
   * A header before its element type is known.
   *
   * @param fields {@code descr}, {@code fortran_order} and {@code shape}
   * @param offset bytes before the first element
   */
  record Fields(Map<String, Object> fields, long offset) {
    Object descr() {
      return fields.get("descr");
    }

    List<Long> shape(String where) {
      return NpyHeader.shape(fields.get("shape"), where);
    }
  }

  static NpyHeader read(ByteSource source, String where) throws IOException {
    return parse(fields(source, where), where).checkSize(source.size(), where);
  }

  static Fields fields(ByteSource source, String where) throws IOException {
    ByteBuffer start = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    source.read(0, start.limit((int) Math.min(12, source.size())));
    if (start.position() < 10 || !Arrays.equals(MAGIC, Arrays.copyOf(start.array(), 6))) {
      throw new IllegalArgumentException(
          where
              + ": is not an npy array (wrong magic bytes at the start). Save it with numpy.save.");
    }
    int major = start.get(6);
    if (major < 1 || major > 3) {
      throw new IllegalArgumentException(
          where + ": npy version " + major + "; versions 1 to 3 are known");
    }
    int prefix = major == 1 ? 10 : 12;
    start.position(0).limit(12);
    long length = major == 1 ? start.getShort(8) & 0xFFFF : start.getInt(8) & 0xFFFFFFFFL;
    if (length > LONGEST || prefix + length > source.size()) {
      throw new IllegalArgumentException(
          where
              + ": the npy header claims "
              + length
              + " bytes, the file has "
              + source.size()
              + ". It is cut short or damaged.");
    }
    ByteBuffer text = ByteBuffer.allocate((int) length);
    source.read(prefix, text);
    String header =
        new String(text.array(), major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    return new Fields(
        new PythonLiteral(header, where + ": npy header").dictionary(), prefix + length);
  }

  private static NpyHeader parse(Fields header, String where) {
    Map<String, Object> fields = header.fields();
    if (!fields.keySet().equals(java.util.Set.of("descr", "fortran_order", "shape"))) {
      throw new IllegalArgumentException(
          where
              + ": npy header has the keys "
              + fields.keySet()
              + "; descr, fortran_order and shape were expected");
    }
    if (!(fields.get("fortran_order") instanceof Boolean fortran)) {
      throw new IllegalArgumentException(
          where + ": npy header: fortran_order is neither True nor False");
    }
    return new NpyHeader(
        type(fields.get("descr"), where),
        fields.get("descr").toString().startsWith(">"),
        fortran,
        shape(fields.get("shape"), where),
        header.offset());
  }

  private static ElementType type(Object descr, String where) {
    if (descr instanceof List) {
      throw new IllegalArgumentException(
          where + ": structured dtype " + descr + " is not supported. Save each field on its own.");
    }
    String text = String.valueOf(descr);
    String code = text.matches("[<>|=]..") ? text.substring(1) : text;
    return switch (code) {
      case "f2" -> ElementType.F16;
      case "f4" -> ElementType.F32;
      case "f8" -> ElementType.F64;
      case "i1" -> ElementType.I8;
      case "i2" -> ElementType.I16;
      case "i4" -> ElementType.I32;
      case "i8" -> ElementType.I64;
      case "u1" -> ElementType.U8;
      case "u2" -> ElementType.U16;
      case "u4" -> ElementType.U32;
      case "u8" -> ElementType.U64;
      case "b1" -> ElementType.BOOL;
      default ->
          throw new IllegalArgumentException(
              code.endsWith("O") || code.startsWith("O")
                  ? where
                      + ": the array holds Python objects (dtype object), which only pickle reads;"
                      + " it is never executed here. Save it as numbers."
                  : where + ": dtype " + text + " is not supported; floats, integers and bool are");
    };
  }

  private static List<Long> shape(Object value, String where) {
    if (!(value instanceof PythonLiteral.Tuple tuple)
        || !tuple.items().stream().allMatch(Long.class::isInstance)) {
      throw new IllegalArgumentException(
          where + ": npy shape " + value + " is not a tuple of integers");
    }
    return tuple.items().stream().map(Long.class::cast).toList();
  }

  private NpyHeader checkSize(long size, String where) {
    long bytes = type.bytes(sizes());
    if (bytes < 0) {
      throw new IllegalArgumentException(
          where + ": npy shape " + shape + " is negative or its size overflows");
    }
    if (bytes > size - offset) {
      throw new IllegalArgumentException(
          where
              + ": shape "
              + shape
              + " of "
              + type
              + " needs "
              + bytes
              + " bytes, "
              + (size - offset)
              + " are there. The file is cut short.");
    }
    return this;
  }

  long[] sizes() {
    return shape.stream().mapToLong(Long::longValue).toArray();
  }

  /** A version 1.0 header in C order, padded as numpy pads it. */
  static byte[] bytes(ElementType type, long... shape) {
    String sizes =
        LongStream.of(shape).mapToObj(Long::toString).collect(Collectors.joining(", "))
            + (shape.length == 1 ? "," : "");
    String text =
        "{'descr': '" + descr(type) + "', 'fortran_order': False, 'shape': (" + sizes + "), }";
    int whole = (10 + text.length() + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    ByteArrayOutputStream out = new ByteArrayOutputStream(whole);
    out.writeBytes(MAGIC);
    out.writeBytes(new byte[] {1, 0, (byte) (whole - 10), (byte) ((whole - 10) >> 8)});
    out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(" ".repeat(whole - 11 - text.length()).getBytes(StandardCharsets.ISO_8859_1));
    out.write('\n');
    return out.toByteArray();
  }

  private static String descr(ElementType type) {
    return switch (type) {
      case BOOL -> "|b1";
      case U8, I8 -> "|" + type.name().toLowerCase(Locale.ROOT).charAt(0) + "1";
      case I16, U16, I32, U32, I64, U64, F16, F32, F64 ->
          "<" + type.name().toLowerCase(Locale.ROOT).charAt(0) + type.size();
      default ->
          throw new IllegalArgumentException(
              "npy: numpy has no dtype for " + type + ". Convert the tensor to float32 first.");
    };
  }
}
