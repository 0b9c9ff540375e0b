package io.winnow.bench;

import io.winnow.eval.Cmmd;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Set;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * CMMD between two sets of unit vectors that lie in memory. The line says the largest resident size
 * before and after, so that their difference is what the metric itself needs.
 */
public final class CmmdBench {
  private static final int BLOCK = 2000;

  private CmmdBench() {}

  public static void main(String[] args) {
    Arguments arguments = new Arguments(args, Set.of("n", "d", "threads", "steps", "warmup"));
    int n = arguments.number("n", 30_000);
    int d = arguments.number("d", 768);
    int threads = arguments.number("threads", 1);
    int warmup = arguments.number("warmup", 0);
    Line.useThreads(threads);
    Tensor x = unitVectors(new FillRule("bench.cmmd.x", 1, 0.3), n, d);
    Tensor y = unitVectors(new FillRule("bench.cmmd.y", 1, 0.4), n, d);
    double before = Line.peakResidentMegabytes();
    double[] value = new double[1];
    double[] seconds =
        Line.timed(warmup, arguments.number("steps", 1), () -> value[0] = Cmmd.of(x, y));
    new Line("cmmd_winnow", threads, warmup, seconds, 2L * n)
        .number("d", d)
        .number("peak_rss_before_mb", before)
        .number("cmmd", value[0])
        .print();
  }

  /** [n, d], float32, in a buffer of its own, filled block by block. */
  private static Tensor unitVectors(FillRule rule, int n, int d) {
    Tensor all = Scope.immortal(torch.zeros(n, d));
    float[] values = new float[BLOCK * d];
    for (int first = 0; first < n; first += BLOCK) {
      int count = Math.min(BLOCK, n - first);
      rule.fill((long) first * d, values, 0, count * d);
      try (Scope scope = Scope.open()) {
        Tensor block = Tensors.of(values, BLOCK, d).narrow(0, 0, count);
        all.narrow(0, first, count)
            .copy_(
                block.div(
                    torch.linalg_vector_norm(
                        block,
                        Tensors.constant(2),
                        new long[] {1},
                        true,
                        new ScalarTypeOptional())));
      }
    }
    return all;
  }
}
