package io.winnow.weights;

import io.winnow.files.FileFailure;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/** Vectors of an npy array that name things: texts of a fixed width, or integers. */
public final class NpyTexts {
  private static final Pattern TEXT = Pattern.compile("([<>|=]?)([US])(\\d{1,6})");

  private NpyTexts() {}

  /**
   * Reads a file: texts ({@code U}, {@code S}) as they are, integers as decimal digits.
   *
   * @throws IllegalArgumentException when it is no vector of either
   */
  public static List<String> read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      return read(ByteSource.FileRegion.whole(channel), file.toString());
    } catch (IOException e) {
      throw FileFailure.unreadable(file, e);
    }
  }

  static List<String> read(ByteSource source, String where) throws IOException {
    NpyHeader.Fields fields = NpyHeader.fields(source, where);
    Matcher text = TEXT.matcher(String.valueOf(fields.descr()));
    if (!text.matches()) {
      return integers(source, where);
    }
    List<Long> shape = fields.shape(where);
    if (shape.size() != 1) {
      throw notAVector(where, "texts " + shape);
    }
    boolean wide = text.group(2).equals("U"); // UCS-4, else bytes
    int width = Integer.parseInt(text.group(3)) * (wide ? Integer.BYTES : 1);
    if (shape.get(0) < 0 || shape.get(0) * width > source.size() - fields.offset()) {
      throw new IllegalArgumentException(
          where + ": " + shape + " texts of " + width + " bytes are not there. It is cut short.");
    }
    ByteOrder order = text.group(1).equals(">") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    List<String> found = new ArrayList<>();
    for (long i = 0; i < shape.get(0); i++) {
      byte[] bytes = new byte[width];
      source.read(fields.offset() + i * width, ByteBuffer.wrap(bytes));
      found.add(wide ? points(ByteBuffer.wrap(bytes).order(order)) : plain(bytes));
    }
    return found;
  }

  private static String points(ByteBuffer bytes) {
    StringBuilder text = new StringBuilder();
    while (bytes.hasRemaining()) {
      int point = bytes.getInt();
      text.appendCodePoint(Character.isValidCodePoint(point) ? point : 0xFFFD);
    }
    return withoutPadding(text.toString());
  }

  private static String plain(byte[] bytes) {
    return withoutPadding(new String(bytes, StandardCharsets.UTF_8));
  }

  private static String withoutPadding(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == 0) {
      end--;
    }
    return text.substring(0, end);
  }

  private static List<String> integers(ByteSource source, String where) throws IOException {
    try (Scope scope = Scope.open()) {
      Tensor values = Npy.read(source, NpyHeader.read(source, where), where);
      if (values.dim() != 1 || values.is_floating_point()) {
        throw notAVector(where, values.scalar_type().intern() + " of " + values.dim() + " sizes");
      }
      return LongStream.of(Tensors.longs(values)).mapToObj(Long::toString).toList();
    }
  }

  private static IllegalArgumentException notAVector(String where, String found) {
    return new IllegalArgumentException(
        where + ": " + found + "; expected a vector of texts or integers, one a row.");
  }
}
