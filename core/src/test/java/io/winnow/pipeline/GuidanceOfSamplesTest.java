package io.winnow.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.winnow.config.OrNull;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.SamplerConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

/** The guidance of a recipe's samples, as the network under it answers. */
class GuidanceOfSamplesTest {
  /** 1 for every class and 0 for none, so that the guided answer is the scale. */
  private static final Denoiser ONE =
      (xt, t, condition) -> {
        Tensor told = condition.labels().ne(new org.bytedeco.pytorch.Scalar(10));
        return Prediction.of(told.view(-1, 1, 1, 1).to(torch.ScalarType.Float).expand(xt.shape()));
      };

  private static SampleConfig config(SampleConfig.PowerCosine schedule) {
    return config(2.8, null, schedule);
  }

  private static SampleConfig config(
      @OrNull Double weight, @OrNull Double scale, @OrNull SampleConfig.PowerCosine schedule) {
    return new SampleConfig(
        SamplerConfig.paper(),
        weight,
        scale,
        schedule,
        1,
        1,
        SampleConfig.Weights.EMA,
        SampleConfig.Labels.BALANCED,
        SampleConfig.Format.NPZ);
  }

  private static double[] scales(SampleConfig.PowerCosine schedule, int t) {
    return scales(config(schedule), t);
  }

  private static double[] scales(SampleConfig config, int t) {
    try (Scope scope = Scope.open()) {
      Denoiser guided = config.guided(ONE, SchedulerConfig.flowMatching(), 4, 10);
      Condition label = Condition.ofClasses(Tensors.ofInts(new int[] {3}));
      Tensor xt = torch.zeros(1, 4, 1, 1);
      return Tensors.doubles(guided.predict(xt, Tensors.ofInts(new int[] {t}), label).value());
    }
  }

  @Test
  void guided_withoutASchedule_isOfOneScaleAtAllTimes_whicheverWayItIsGiven() {
    double[] expected = {3.8, 3.8, 3.8, 3.8};
    for (SampleConfig config : List.of(config(2.8, null, null), config(null, 3.8, null))) {
      assertThat(scales(config, 0)).containsExactly(expected, within(1e-6));
      assertThat(scales(config, 999)).containsExactly(expected, within(1e-6));
    }
  }

  @Test
  void guided_byPowerCosine_growsToTheScale_inTheChannelsNamed() {
    SampleConfig.PowerCosine published = new SampleConfig.PowerCosine(4, 3);
    assertThat(scales(published, 0)).containsExactly(new double[] {3.8, 3.8, 3.8, 1}, within(1e-6));
    assertThat(scales(published, 999)).containsExactly(new double[] {1, 1, 1, 1}, within(1e-6));
    double half = 1 + 2.8 * (1 - Math.cos(Math.PI / 16)) / 2;
    assertThat(scales(new SampleConfig.PowerCosine(4, null), 500))
        .containsExactly(new double[] {half, half, half, half}, within(1e-5));
  }

  @Test
  void channelsThatSamplesDoNotHave_areRefused_andAllOfThemAreNot() {
    SampleConfig five = config(new SampleConfig.PowerCosine(4, 5));
    String refusal =
        "sample.powerCosine.channels: 5, but samples have 4; expected at most as many, or null.";
    assertThatThrownBy(() -> five.requireFits(4)).hasMessage(refusal);
    assertThatThrownBy(() -> five.guided(ONE, SchedulerConfig.flowMatching(), 4, 10))
        .hasMessage(refusal);
    assertThatCode(() -> five.requireFits(5)).doesNotThrowAnyException();
    assertThatCode(() -> config(new SampleConfig.PowerCosine(4, null)).requireFits(1))
        .doesNotThrowAnyException();
    assertThatCode(() -> config(null).requireFits(1)).doesNotThrowAnyException();
  }

  @Test
  void words_nameTheSampler_andGuidanceThatGrows() {
    String sampler = SamplerConfig.paper().describe();
    assertThat(config(null).describe()).isEqualTo(sampler);
    assertThat(config(new SampleConfig.PowerCosine(4, 3)).describe())
        .isEqualTo(sampler + ", power-cosine guidance 4.0");
  }
}
