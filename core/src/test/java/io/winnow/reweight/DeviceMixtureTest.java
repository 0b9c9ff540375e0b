package io.winnow.reweight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.winnow.artifact.ClassWeights.Trajectory;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.bytedeco.pytorch.Device;
import org.junit.jupiter.api.Test;

/** The mixture on a device beside the one on the host, on the same losses. */
class DeviceMixtureTest {
  private static final Offset<Double> CLOSE = within(1e-12);
  private static final Device CPU = Scope.immortal(new Device("cpu"));
  private static final long[] COUNTS = {5, 0, 20, 10, 40};
  private static final int K = 4;
  private static final int UPDATES = 60;
  private static final int BATCH = 6;

  /**
   * Both mixtures, and the losses of the batches that they see; some batches lack classes, and late
   * margins are of either sign.
   */
  private static final class Pair {
    private final ReweightConfig config;
    private final Random random = new Random(3);
    final Groups groups = new Groups(COUNTS);
    final Mixture host;
    final FiniteLosses losses = new FiniteLosses();
    DeviceMixture there;

    Pair(ReweightConfigs options) {
      options.trajectoryEvery = 3;
      config = options.doremi();
      host = new Mixture(config, groups);
      host.begin(UPDATES, BATCH);
      there = onDevice(losses.state());
    }

    DeviceMixture onDevice(FiniteLosses.State seen) {
      return new DeviceMixture(config, groups, host.length(), host.state(), seen, CPU);
    }

    void update(int step) {
      ExcessLoss excess = host.startStep();
      int size = step % 10 == 9 ? 2 : BATCH / 2; // per micro-batch, the last of an epoch smaller
      for (int part = 0; part < 2; part++) {
        int[] active = random.ints(size, 0, K).toArray();
        double[] proxy = new double[size];
        double[] reference = new double[size];
        for (int i = 0; i < size; i++) {
          reference[i] = 0.05 + 0.01 * random.nextDouble();
          proxy[i] = reference[i] * (1 + 4.0 / (step + 1)) + 8e-3 * (active[i] - 1.5);
          proxy[i] = step == 20 && i == 0 ? Double.NaN : proxy[i];
          if (losses.accepts(proxy[i] - reference[i])) {
            excess.add(active[i], proxy[i], reference[i]);
          }
        }
        there.watch(active, Tensors.of(proxy, size), Tensors.of(reference, size));
      }
      host.update(excess);
      there.update();
    }

    void assertSame(String what) {
      DeviceState.Read read = there.state();
      Mixture.State ours = read.mixture();
      Mixture.State expected = host.state();
      assertThat(ours.rule().alpha()).as(what).containsExactly(expected.rule().alpha(), CLOSE);
      assertThat(ours.rule().lambda()).as(what).containsExactly(expected.rule().lambda(), CLOSE);
      assertThat(ours.rule().alphaSum())
          .as(what)
          .containsExactly(expected.rule().alphaSum(), within(1e-11));
      assertThat(ours.rule().seen()).as(what).isEqualTo(expected.rule().seen());
      assertThat(ours.rule().steps()).as(what).isEqualTo(expected.rule().steps());
      assertThat(ours.warmUp().over()).as(what).isEqualTo(expected.warmUp().over());
      assertThat(ours.statistics().mean())
          .as(what)
          .containsExactly(expected.statistics().mean(), CLOSE);
      assertThat(ours.statistics().squares())
          .as(what)
          .containsExactly(expected.statistics().squares(), CLOSE);
      assertThat(ours.clipped()).usingRecursiveComparison().isEqualTo(expected.clipped());
      assertThat(ours.eta()).as(what).isCloseTo(expected.eta(), within(1e-9 * expected.eta()));
      assertThat(ours.step()).isEqualTo(expected.step());
      assertThat(read.losses()).isEqualTo(losses.state());
      assertSameEpoch(ours.epoch(), expected.epoch());
      assertSamePoints(ours.points(), expected.points());
    }

    private static void assertSameEpoch(Mixture.EpochSums ours, Mixture.EpochSums expected) {
      assertThat(ours)
          .usingRecursiveComparison()
          .withComparatorForType(
              (a, b) -> Math.abs(a - b) <= 1e-9 * (1 + Math.abs(b)) ? 0 : 1, Double.class)
          .isEqualTo(expected);
    }

    private static void assertSamePoints(List<Trajectory.Row> ours, List<Trajectory.Row> expected) {
      assertThat(ours).hasSameSizeAs(expected);
      for (int i = 0; i < ours.size(); i++) {
        assertThat(ours.get(i).step()).isEqualTo(expected.get(i).step());
        assertThat(ours.get(i).weights()).containsExactly(expected.get(i).weights(), CLOSE);
      }
    }

    void assertSameCoefficients() {
      int[] active = {3, 0, 2, 2, 1};
      double[] expected = config.loss().coefficients(host.alpha(), groups.frequency(), active);
      assertThat(Tensors.doubles(there.coefficients(active))).containsExactly(expected, CLOSE);
    }
  }

  private static void assertSameAllAlong(ReweightConfigs options, String what) {
    Pair pair = new Pair(options);
    pair.assertSame(what + ", start");
    for (int step = 0; step < UPDATES; step++) {
      try (Scope scope = Scope.open()) {
        pair.update(step);
        pair.assertSameCoefficients();
      }
      if (step % 20 == 7) {
        pair.assertSame(what + ", update " + step);
      }
      if (step == 30) { // goes on from what was read, as after a restart
        DeviceState.Read read = pair.there.state();
        pair.host.restore(read.mixture());
        pair.there = pair.onDevice(read.losses());
      }
    }
    pair.assertSame(what);
    assertThat(pair.host.counted()).as("updates that counted, %s", what).isPositive();
  }

  @Test
  void update_ofEveryRule_givesTheHostsMixture() {
    for (Absent absent : Absent.values()) {
      for (Clip clip : Clip.values()) {
        ReweightConfigs options = new ReweightConfigs();
        options.absent = absent;
        options.clip = clip;
        options.eta = "auto";
        options.warmupSteps = null;
        assertSameAllAlong(options, absent + " " + clip);
      }
    }
  }

  @Test
  void update_ofEveryStepSizeAndLossForm_givesTheHostsMixture() {
    for (String eta : new String[] {"auto", "frozen", "3"}) {
      for (LossForm form : LossForm.values()) {
        for (Long warmUp : eta.equals("frozen") ? new Long[] {null} : new Long[] {null, 0L, 11L}) {
          ReweightConfigs options = new ReweightConfigs();
          options.eta = eta;
          options.loss = form;
          options.warmupSteps = warmUp;
          options.smoothing = 1e-2;
          options.init = InitialMixture.UNIFORM;
          assertSameAllAlong(options, eta + " " + form + " " + warmUp);
        }
      }
    }
  }
}
