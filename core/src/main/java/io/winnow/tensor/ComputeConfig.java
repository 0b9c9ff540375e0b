package io.winnow.tensor;

import java.util.List;

/**
 * What to compute on, as a recipe says it.
 *
 * @param device {@code auto} (CUDA where there is one, else the CPU), {@code cpu}, {@code cuda}
 *     (its first device) or {@code cuda:N}
 * @param precision {@code auto} (bfloat16 autocast on CUDA from compute capability 8.0 on, else
 *     float32), {@code float32} or {@code bf16}
 * @param threads {@code physical} (one per physical core) or a number
 * @param layout {@code auto}, {@code nchw}, {@code channels-last} or {@code channels-last-sums},
 *     see {@link Layout}
 * @param deterministic whether CUDA computes by kernels that give the same bits every time; a CPU
 *     does
 * @param search whether CUDA's convolutions are chosen by trying them
 * @param graphs {@code auto} (sampling on CUDA replays recorded work, see {@link GraphRecorder}) or
 *     {@code off}
 */
public record ComputeConfig(
    String device,
    String precision,
    String threads,
    String layout,
    boolean deterministic,
    boolean search,
    String graphs) {
  static final String AUTO = "auto";

  public ComputeConfig {
    if (!device.matches("auto|cpu|cuda(:[0-9]{1,2})?")) {
      throw new IllegalArgumentException(
          "device is " + device + ", but must be one of auto, cpu, cuda, cuda:N (N from 0 on)");
    }
    oneOf("precision", precision, List.of(AUTO, "float32", "bf16"));
    oneOf("graphs", graphs, List.of(AUTO, "off"));
    oneOf("layout", layout, List.of(AUTO, "nchw", "channels-last", "channels-last-sums"));
    if (!threads.equals("physical") && !threads.matches("[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException(
          "threads is " + threads + ", but must be physical or a number of threads from 1 on");
    }
    if (deterministic && search) {
      throw new IllegalArgumentException(
          "search is true, and deterministic too, but a search picks kernels by their time, so that"
              + " two runs may differ in bits. Set deterministic: false to search.");
    }
  }

  /** The usual layout, deterministic. */
  public ComputeConfig(String device, String precision, String threads) {
    this(device, precision, threads, AUTO, true, false, AUTO);
  }

  private static void oneOf(String key, String value, List<String> allowed) {
    if (!allowed.contains(value)) {
      throw new IllegalArgumentException(
          key + " is " + value + ", but must be one of " + String.join(", ", allowed));
    }
  }
}
