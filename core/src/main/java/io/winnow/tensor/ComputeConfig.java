package io.winnow.tensor;

import java.util.List;

/**
 * What to compute on, as a recipe says it.
 *
 * @param device {@code auto} (CUDA where there is one, else the CPU), {@code cpu} or {@code cuda}
 * @param precision {@code auto} (bfloat16 autocast on CUDA, float32 on the CPU), {@code float32} or
 *     {@code bf16}
 * @param threads {@code physical} (one per physical core) or a number
 */
public record ComputeConfig(String device, String precision, String threads) {
  public ComputeConfig {
    oneOf("device", device, List.of("auto", "cpu", "cuda"));
    oneOf("precision", precision, List.of("auto", "float32", "bf16"));
    if (!threads.equals("physical") && !threads.matches("[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException(
          "threads is " + threads + ", but must be physical or a number of threads from 1 on");
    }
  }

  private static void oneOf(String key, String value, List<String> allowed) {
    if (!allowed.contains(value)) {
      throw new IllegalArgumentException(
          key + " is " + value + ", but must be one of " + String.join(", ", allowed));
    }
  }
}
