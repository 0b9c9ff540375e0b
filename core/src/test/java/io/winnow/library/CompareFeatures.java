package io.winnow.library;

import io.winnow.eval.FrechetDistance;
import io.winnow.eval.Kid;
import io.winnow.eval.PrecisionRecall;
import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.weights.Npy;
import java.nio.file.Path;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;

/** Compares features of generated images with those of real ones, of the same encoder. */
final class CompareFeatures {
  private CompareFeatures() {}

  public static void main(String[] args) {
    try (Scope scope = Scope.open()) {
      Tensor generated = Npy.read(Path.of(args[0])); // [M, d]
      Tensor real = Npy.read(Path.of(args[1])); // [N, d]
      double distance = FrechetDistance.ofFeatures(generated, real);
      Kid.Estimate kid = Kid.of(generated, real, RandomStreams.of(0));
      PrecisionRecall pr = PrecisionRecall.of(real, generated, 3);
      System.out.printf(Locale.ROOT, "fd %.6g%n", distance);
      System.out.printf(
          Locale.ROOT, "kid %.6g (%d subsets of %d)%n", kid.mean(), kid.subsets(), kid.size());
      System.out.printf(Locale.ROOT, "precision %.4f%n", pr.precision());
      System.out.printf(Locale.ROOT, "recall %.4f%n", pr.recall());
      FrechetDistance.warning(generated.size(0), real.size(0), (int) real.size(1))
          .ifPresent(System.out::println);
    }
  }
}
