package io.winnow.tensor;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/** Shape checks at public entry points: the engine's own message names no layer. */
public final class Shapes {
  /** Any size is allowed here. */
  public static final long ANY = -1;

  private Shapes() {}

  /**
   * Checks a tensor's shape.
   *
   * @param what the layer and the argument, for example {@code "UNet2d xt"}
   * @param expected one size per dimension, {@link #ANY} for a free one
   * @throws IllegalArgumentException naming the shape found and the one expected
   */
  public static void require(Tensor tensor, String what, long... expected) {
    long[] shape = tensor.shape();
    boolean fits = shape.length == expected.length;
    for (int i = 0; fits && i < shape.length; i++) {
      fits = expected[i] == ANY || expected[i] == shape[i];
    }
    if (!fits) {
      throw new IllegalArgumentException(
          what + ": shape " + Arrays.toString(shape) + ", expected " + describe(expected));
    }
  }

  private static String describe(long[] expected) {
    return LongStream.of(expected)
        .mapToObj(n -> n == ANY ? "*" : Long.toString(n))
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
