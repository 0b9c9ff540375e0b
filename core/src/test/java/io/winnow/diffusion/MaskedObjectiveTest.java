package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class MaskedObjectiveTest {
  private static final int TOKENS = 16;
  private static final long[] SHAPE = {4, 1, 2, 2};

  /** Answers x plus a bias, and remembers what it was asked. */
  private static final class Spy implements MaskedDenoiser {
    private final MaskRule rule;
    private final double bias;
    final List<long[]> kept = new ArrayList<>();
    final List<float[]> seen = new ArrayList<>();
    final List<long[]> labels = new ArrayList<>();

    Spy(MaskRule rule, double bias) {
      this.rule = rule;
      this.bias = bias;
    }

    @Override
    public Tensor predict(Tensor xt, Tensor t, Condition condition) {
      seen.add(Tensors.floats(xt));
      labels.add(Tensors.longs(condition.labels()));
      return xt.add(new Scalar(bias));
    }

    @Override
    public Tensor predictMasked(Tensor xt, Tensor t, Condition condition, TokenMask mask) {
      kept.add(Tensors.longs(mask.kept()));
      return predict(xt, t, condition);
    }

    @Override
    public int tokens() {
      return TOKENS;
    }

    @Override
    public MaskRule maskRule() {
      return rule;
    }
  }

  private static MaskedObjective objective(double labelDropout) {
    return new MaskedObjective(
        new FlowObjective(), new Spy(MaskRule.drawn(0.3), 0), labelDropout, 9);
  }

  private static MaskedObjective.Passes passes(MaskedObjective objective, long step) {
    Tensor x0 = RandomStreams.of(1).normal(SHAPE, "x0");
    Condition classes = Condition.ofClasses(Tensors.ofInts(new int[] {0, 1, 2, 3}));
    return objective.passes(x0, classes, objective.draw(RandomStreams.of(5), step, SHAPE));
  }

  @Test
  void passes_haveOneTime_butTheirOwnNoiseAndLabels() {
    try (Scope scope = Scope.open()) {
      MaskedObjective.Passes passes = passes(objective(0.5), 3);
      assertThat(Tensors.doubles(passes.full().t()))
          .isEqualTo(Tensors.doubles(passes.masked().t()));
      assertThat(Tensors.floats(passes.full().eps()))
          .isNotEqualTo(Tensors.floats(passes.masked().eps()));
      boolean differ = false;
      for (long step = 0; step < 8; step++) {
        MaskedObjective.Passes others = passes(objective(0.5), step);
        long[] full = Tensors.longs(others.full().condition().labels());
        long[] masked = Tensors.longs(others.masked().condition().labels());
        differ |= !Arrays.equals(full, masked);
        for (int i = 0; i < full.length; i++) {
          assertThat(full[i]).isIn((long) i, 9L);
        }
      }
      assertThat(differ).isTrue();
      assertThat(Tensors.longs(passes(objective(0), 3).masked().condition().labels()))
          .containsExactly(0, 1, 2, 3);
    }
  }

  @Test
  void draw_isAFunctionOfSeedAndStep() {
    try (Scope scope = Scope.open()) {
      long[] kept = Tensors.longs(passes(objective(0.5), 3).mask().kept());
      assertThat(Tensors.longs(passes(objective(0.5), 3).mask().kept())).isEqualTo(kept);
      assertThat(Tensors.longs(passes(objective(0.5), 4).mask().kept())).isNotEqualTo(kept);
      List<Integer> sizes = new ArrayList<>();
      for (long step = 0; step < 20; step++) {
        sizes.add((int) passes(objective(0.5), step).mask().kept().size(1));
      }
      assertThat(sizes).allSatisfy(n -> assertThat(n).isBetween(8, 11)); // 0.3 to 0.5 hidden
      assertThat(sizes).contains(8, 10);
    }
  }

  /** A proxy and its reference are asked the same. */
  @Test
  void passes_askedOfTwoNetworks_showBothTheSame() {
    try (Scope scope = Scope.open()) {
      MaskedObjective objective = objective(0.5);
      MaskedObjective.Passes passes = passes(objective, 3);
      Spy proxy = new Spy(MaskRule.drawn(0.3), 0);
      Spy reference = new Spy(MaskRule.drawn(0.3), 2);
      MaskedObjective.Answers one = passes.ask(proxy);
      MaskedObjective.Answers two = passes.ask(reference);
      assertThat(proxy.kept).hasSize(1);
      assertThat(proxy.kept.get(0)).isEqualTo(reference.kept.get(0));
      for (int pass = 0; pass < 2; pass++) {
        assertThat(proxy.seen.get(pass)).isEqualTo(reference.seen.get(pass));
        assertThat(proxy.labels.get(pass)).isEqualTo(reference.labels.get(pass));
      }
      double[] full = Tensors.doubles(objective.fullLoss(one, passes));
      double[] both = Tensors.doubles(objective.loss(one, passes));
      FlowObjective flow = new FlowObjective();
      double[] masked = Tensors.doubles(flow.loss(one.masked(), passes.masked()));
      assertThat(full).isEqualTo(Tensors.doubles(flow.loss(one.full(), passes.full())));
      for (int i = 0; i < both.length; i++) {
        assertThat(both[i]).isCloseTo(full[i] + masked[i], within(1e-5));
      }
      assertThat(Tensors.doubles(objective.loss(two, passes))).isNotEqualTo(both);
    }
  }

  @Test
  void narrowedPasses_areThoseOfTheirImages() {
    try (Scope scope = Scope.open()) {
      MaskedObjective objective = objective(0.5);
      MaskedObjective.Passes passes = passes(objective, 3);
      double[] all = Tensors.doubles(losses(objective, passes));
      double[] part = Tensors.doubles(losses(objective, passes.narrow(1, 2)));
      assertThat(part).containsExactly(all[1], all[2]);
      long[] kept = Tensors.longs(passes.mask().kept().narrow(0, 1, 2));
      assertThat(Tensors.longs(passes.narrow(1, 2).mask().kept())).isEqualTo(kept);
    }
  }

  private static Tensor losses(MaskedObjective objective, MaskedObjective.Passes passes) {
    return objective.loss(passes.ask(new Spy(MaskRule.drawn(0.3), 1)), passes);
  }

  @Test
  void mask_restoresTheOrder_andMarksWhatIsHidden() {
    try (Scope scope = Scope.open()) {
      Tensor draws = Tensors.of(new float[] {0.9f, 0.1f, 0.5f, 0.3f}, 1, 4);
      TokenMask mask = TokenMask.of(draws, 2);
      assertThat(Tensors.longs(mask.kept())).containsExactly(1, 3);
      assertThat(Tensors.longs(mask.restore())).containsExactly(3, 0, 2, 1);
      assertThat(Tensors.floats(mask.removed())).containsExactly(1, 0, 1, 0);
    }
  }

  @Test
  void rule_keepsAsManyAsPublished() {
    assertThat(MaskRule.constant(0.3).kept(256, 0.7f)).isEqualTo(179);
    assertThat(MaskRule.drawn(0.3).kept(256, 0)).isEqualTo(179);
    assertThat(MaskRule.drawn(0.3).kept(256, 1 - 0x1p-24f)).isEqualTo(128);
    assertThatThrownBy(() -> MaskRule.constant(1)).hasMessageContaining("must be in [0, 1.0)");
  }

  @Test
  void network_withoutMasks_isRefused() {
    Spy plain = new Spy(null, 0);
    assertThatThrownBy(() -> new MaskedObjective(new FlowObjective(), plain, 0.1, 9))
        .hasMessageContaining("made without masks; expected a maskRatio");
    assertThat(objective(0.1).identity()).isEqualTo("flow masked 0.3 + 0.2");
  }
}
