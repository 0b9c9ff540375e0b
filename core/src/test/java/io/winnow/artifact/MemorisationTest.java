package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.Memorisation.Pair;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemorisationTest {
  @TempDir Path folder;

  private static Memorisation of(List<Double> samples, List<Double> heldOut) {
    return new Memorisation(
        "tiny",
        9,
        samples,
        heldOut,
        List.of(new Pair("m/00-sample.png", "m/00-training.png", "s", "t", "cat", 0.5)));
  }

  private static List<Double> list(double... values) {
    return DoubleStream.of(values).boxed().toList();
  }

  @Test
  void quantile_liesBetweenOrderStatistics() {
    List<Double> values = list(8, 1, 4, 2);
    assertThat(Memorisation.quantile(values, 0)).isEqualTo(1);
    assertThat(Memorisation.quantile(values, 1)).isEqualTo(8);
    assertThat(Memorisation.quantile(values, 0.5)).isEqualTo(3);
    assertThat(Memorisation.quantile(values, 0.75)).isEqualTo(5);
    assertThat(Memorisation.quantile(values, 0.1)).isCloseTo(1.3, within(1e-12));
    assertThat(Memorisation.quantile(list(6), 0.5)).isEqualTo(6);
  }

  /** Held-out distances 0, 1, ..., 100: their 1st percentile is 1, and 1 itself is not closer. */
  @Test
  void shareCloser_countsSamplesBelowTheHeldOutsFirstPercentile() {
    List<Double> heldOut = IntStream.rangeClosed(0, 100).mapToObj(i -> (double) i).toList();
    assertThat(of(list(0.5, 0.9, 1, 2, 60), heldOut).shareCloserThanHeldOut()).isEqualTo(0.4);
    assertThat(of(list(1, 2), heldOut).shareCloserThanHeldOut()).isZero();
  }

  @Test
  void record_writtenAndRead_isTheSame_andWithoutPictures_losesThoseAlone() {
    Memorisation found = of(list(1, 2), list(3));
    found.write(folder.resolve("memorisation.json"));
    assertThat(Memorisation.read(folder.resolve("memorisation.json"))).isEqualTo(found);
    Memorisation without = found.withoutPictures();
    assertThat(without.closest()).containsExactly(new Pair(null, null, "s", "t", "cat", 0.5));
    assertThat(without.samples()).isEqualTo(found.samples());
    assertThat(without.heldOut()).isEqualTo(found.heldOut());
    assertThat(without.trainingImages()).isEqualTo(9);
  }
}
