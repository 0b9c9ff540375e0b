package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
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
    public Prediction predict(Tensor xt, Tensor t, Condition condition) {
      seen.add(Tensors.floats(xt));
      labels.add(Tensors.longs(condition.labels()));
      return Prediction.of(xt.add(new Scalar(bias)));
    }

    @Override
    public Prediction predictMasked(Tensor xt, Tensor t, Condition condition, TokenMask mask) {
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

  private final MaskedObjective objective =
      new MaskedObjective(new FlowObjective(), new Spy(MaskRule.drawn(0.3), 0));

  /** Each pass with its own labels: 0 to 3 where all tokens are seen, 4 to 7 where some are. */
  private static Condition told(String purpose) {
    int first = purpose.equals("train.labeldropout.masked") ? 4 : 0;
    int[] labels = {first, first + 1, first + 2, first + 3};
    assertThat(purpose).startsWith("train.labeldropout");
    return Condition.ofClasses(Tensors.ofInts(labels));
  }

  private static Passes passes(MaskedObjective objective, long step) {
    Tensor x0 = RandomStreams.of(1).normal(SHAPE, "x0");
    RandomStreams random = RandomStreams.of(5);
    return objective.passes(x0, objective.draw(random, step, MaskedObjectiveTest::told, SHAPE));
  }

  @Test
  void passes_haveOneTime_butTheirOwnNoiseAndLabels() {
    try (Scope scope = Scope.open()) {
      Passes passes = passes(objective, 3);
      assertThat(Tensors.doubles(passes.full().t()))
          .isEqualTo(Tensors.doubles(passes.masked().t()));
      assertThat(Tensors.floats(passes.full().eps()))
          .isNotEqualTo(Tensors.floats(passes.masked().eps()));
      assertThat(Tensors.longs(passes.full().condition().labels())).containsExactly(0, 1, 2, 3);
      assertThat(Tensors.longs(passes.masked().condition().labels())).containsExactly(4, 5, 6, 7);
    }
  }

  /** What the pass over all tokens draws is what a training without masks draws. */
  @Test
  void fullPass_isThatOfOnePass() {
    try (Scope scope = Scope.open()) {
      RandomStreams random = RandomStreams.of(5);
      StepDraw two = objective.draw(random, 3, MaskedObjectiveTest::told, SHAPE);
      StepDraw one = new FlowObjective().draw(random, 3, MaskedObjectiveTest::told, SHAPE);
      assertThat(Tensors.floats(two.t())).isEqualTo(Tensors.floats(one.t()));
      assertThat(Tensors.floats(two.full().eps())).isEqualTo(Tensors.floats(one.full().eps()));
      assertThat(Tensors.longs(two.full().condition().labels()))
          .isEqualTo(Tensors.longs(one.full().condition().labels()));
      assertThat(one.masked()).isNull();
      assertThat(one.tensors()).hasSize(3);
      assertThat(two.tensors()).hasSize(8);
    }
  }

  /** Noise goes one way, all else another; of both passes and of one alone. */
  @Test
  void draws_movedElsewhere_areTheSameDraws() {
    try (Scope scope = Scope.open()) {
      RandomStreams random = RandomStreams.of(5);
      StepDraw two = objective.draw(random, 3, MaskedObjectiveTest::told, SHAPE);
      StepDraw one = new FlowObjective().draw(random, 3, MaskedObjectiveTest::told, SHAPE);
      for (StepDraw draw : List.of(one, two)) {
        List<Tensor> noise = new ArrayList<>();
        List<Tensor> others = new ArrayList<>();
        StepDraw moved = draw.map(copyInto(noise), copyInto(others));
        assertThat(noise).hasSize(draw.masked() == null ? 1 : 2);
        assertThat(others).hasSize(draw.masked() == null ? 2 : 6);
        assertThat(noise.get(0)).isSameAs(moved.full().eps());
        List<Tensor> before = draw.tensors();
        List<Tensor> after = moved.tensors();
        assertThat(after).hasSameSizeAs(before);
        for (int i = 0; i < after.size(); i++) {
          assertThat(after.get(i)).isNotSameAs(before.get(i));
          assertThat(Tensors.doubles(after.get(i))).isEqualTo(Tensors.doubles(before.get(i)));
        }
      }
    }
  }

  private static UnaryOperator<Tensor> copyInto(List<Tensor> copies) {
    return tensor -> {
      copies.add(tensor.clone());
      return copies.get(copies.size() - 1);
    };
  }

  @Test
  void draw_isAFunctionOfSeedAndStep() {
    try (Scope scope = Scope.open()) {
      long[] kept = Tensors.longs(passes(objective, 3).mask().kept());
      assertThat(Tensors.longs(passes(objective, 3).mask().kept())).isEqualTo(kept);
      assertThat(Tensors.longs(passes(objective, 4).mask().kept())).isNotEqualTo(kept);
      List<Integer> sizes = new ArrayList<>();
      for (long step = 0; step < 20; step++) {
        sizes.add((int) passes(objective, step).mask().kept().size(1));
      }
      assertThat(sizes).allSatisfy(n -> assertThat(n).isBetween(8, 11)); // 0.3 to 0.5 hidden
      assertThat(sizes).contains(8, 10);
    }
  }

  /** A proxy and its reference are asked the same. */
  @Test
  void passes_askedOfTwoNetworks_showBothTheSame() {
    try (Scope scope = Scope.open()) {
      Passes passes = passes(objective, 3);
      Spy proxy = new Spy(MaskRule.drawn(0.3), 0);
      Spy reference = new Spy(MaskRule.drawn(0.3), 2);
      Passes.Answers one = passes.ask(proxy);
      Passes.Answers two = passes.ask(reference);
      assertThat(proxy.kept).hasSize(1);
      assertThat(proxy.kept.get(0)).isEqualTo(reference.kept.get(0));
      for (int pass = 0; pass < 2; pass++) {
        assertThat(proxy.seen.get(pass)).isEqualTo(reference.seen.get(pass));
        assertThat(proxy.labels.get(pass)).isEqualTo(reference.labels.get(pass));
      }
      double[] full = Tensors.doubles(objective.losses(one, passes).compared());
      double[] both = Tensors.doubles(objective.losses(one, passes).trained());
      FlowObjective flow = new FlowObjective();
      double[] masked = Tensors.doubles(flow.loss(one.masked(), passes.masked()));
      assertThat(full).isEqualTo(Tensors.doubles(flow.loss(one.full(), passes.full())));
      for (int i = 0; i < both.length; i++) {
        assertThat(both[i]).isCloseTo(full[i] + masked[i], within(1e-5));
      }
      assertThat(Tensors.doubles(objective.losses(two, passes).trained())).isNotEqualTo(both);
      assertThat(Tensors.doubles(objective.compared(proxy, passes))).isEqualTo(full);
      assertThat(proxy.kept).as("compared by the full pass alone").hasSize(1);
    }
  }

  @Test
  void narrowedPasses_areThoseOfTheirImages() {
    try (Scope scope = Scope.open()) {
      Passes passes = passes(objective, 3);
      double[] all = Tensors.doubles(losses(objective, passes));
      double[] part = Tensors.doubles(losses(objective, passes.narrow(1, 2)));
      assertThat(part).containsExactly(all[1], all[2]);
      long[] kept = Tensors.longs(passes.mask().kept().narrow(0, 1, 2));
      assertThat(Tensors.longs(passes.narrow(1, 2).mask().kept())).isEqualTo(kept);
    }
  }

  private static Tensor losses(MaskedObjective objective, Passes passes) {
    return objective.losses(passes.ask(new Spy(MaskRule.drawn(0.3), 1)), passes).trained();
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
  void network_thatKnowsNoMasks_isNotAskedAboutAPart() {
    try (Scope scope = Scope.open()) {
      Passes passes = passes(objective, 3);
      assertThatThrownBy(() -> passes.ask((xt, t, condition) -> Prediction.of(xt)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("asked about a part of the tokens; expected a MaskedDenoiser");
    }
  }

  @Test
  void network_withoutMasks_isRefused() {
    Spy plain = new Spy(null, 0);
    assertThatThrownBy(() -> new MaskedObjective(new FlowObjective(), plain))
        .hasMessageContaining("made without masks; expected a maskRatio");
    assertThat(objective.identity()).isEqualTo("flow masked 0.3 + 0.2");
  }
}
