package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private static final double REFERENCE = 0.05;
  private static final int BATCH = 100;

  private final ReweightConfigs options = new ReweightConfigs();
  private int updates = 300;
  private double apart = 4e-3;
  private double noise = 1e-3;
  private double below; // share of the margins below zero at the start
  private double belowAtTheEnd;

  /** A clear signal of two classes, settled at c = 1e-2. */
  VerdictTest() {
    options.eta = "auto";
    options.smoothing = 1e-2;
    options.warmupSteps = 50L;
  }

  private Verdict verdict() {
    Mixture mixture = new Mixture(options.doremi(), new Groups(new long[] {50, 50}));
    mixture.begin(updates, BATCH);
    Random random = new Random(1);
    for (int s = 0; s < updates; s++) {
      ExcessLoss excess = mixture.startStep();
      double cut = s < updates / 2 ? below : belowAtTheEnd;
      for (int i = 0; i < BATCH; i++) {
        double margin = 5e-3 + (i % 2 == 0 ? 0 : apart) + noise * random.nextGaussian();
        excess.add(i % 2, REFERENCE + (i < BATCH * cut ? -margin : margin), REFERENCE);
      }
      mixture.update(excess);
    }
    return new Verdict(options.doremi(), mixture);
  }

  private List<String> warnings() {
    return verdict().warnings();
  }

  @Test
  void clearSignal_settled_isLearntWithoutAWarning() {
    assertThat(verdict().learnt()).isTrue();
    assertThat(warnings()).isEmpty();
  }

  @Test
  void run_withinItsWarmUp_isNotLearnt() {
    updates = 50;
    assertThat(verdict().learnt()).isFalse();
    assertThat(warnings())
        .singleElement()
        .asString()
        .contains("within its warm-up of 50 updates", "lower warmupSteps");
    options.warmupSteps = null;
    apart = 1;
    assertThat(verdict().learnt()).isFalse();
    assertThat(warnings()).singleElement().asString().contains("1.5 times");
    updates = 51;
    options.warmupSteps = 50L;
    assertThat(warnings()).noneMatch(w -> w.contains("warm-up of 5"));
  }

  @Test
  void marginsNearlyAllClipped_areNotLearnt() {
    below = 0.96;
    belowAtTheEnd = 0.96;
    assertThat(verdict().learnt()).as("96 of 100").isFalse();
    assertThat(warnings())
        .singleElement()
        .asString()
        .contains("96.0 % of the margins", "no better than the proxy", "were not learnt");
    below = 0.95;
    belowAtTheEnd = 0.95;
    assertThat(verdict().learnt()).as("95 of 100").isTrue();
  }

  @Test
  void classesWithTheSameSignal_areNotLearnt() {
    apart = 0;
    noise = 0;
    for (String eta : List.of("auto", "frozen")) {
      options.eta = eta;
      assertThat(verdict().learnt()).isFalse();
      assertThat(warnings()).singleElement().asString().contains("same signal", "eta: " + eta);
    }
    options.eta = "0";
    assertThat(verdict().learnt()).as("an eta of 0 that was asked for").isTrue();
  }

  @Test
  void spreadWithinTwoStandardErrors_isCalledNoise() {
    apart = 0;
    assertThat(verdict().learnt()).isTrue();
    assertThat(warnings()).singleElement().asString().contains("the weights are noise");
    options.eta = "1";
    assertThat(warnings()).anyMatch(w -> w.contains("the weights are noise"));
  }

  @Test
  void strengthBelowOneTwentieth_isNamed() {
    options.eta = "0.2"; // 0.2 * 2e-3 / 1e-2 = 0.04
    assertThat(warnings()).singleElement().asString().contains("ends at 0.0", "below 0.05");
    options.eta = "0.3"; // 0.06
    assertThat(warnings()).isEmpty();
  }

  @Test
  void fewerThanTwoTimeConstants_areNotSettled() {
    updates = 249;
    assertThat(warnings()).singleElement().asString().startsWith("199 updates counted");
    assertThat(warnings().get(0)).contains("2 / smoothing = 200", "not settled");
    updates = 250;
    assertThat(warnings()).isEmpty();
  }

  @Test
  void clippedShareThatGrows_isNamed() {
    below = 0.1;
    belowAtTheEnd = 0.6;
    assertThat(warnings())
        .singleElement()
        .asString()
        .contains("grew from 10 % to 60 %", "overtakes the reference");
    below = 0.6;
    belowAtTheEnd = 0.1;
    assertThat(warnings()).isEmpty();
  }
}
