package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.winnow.tensor.RandomStreams;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {
  private static final SchedulerConfig PAPER = SchedulerConfig.ddpm(ScheduleConfig.paper());

  /** A made-up network that depends on image, time and label: cheap, smooth, not linear. */
  private static final Denoiser MADE_UP =
      (xt, t, y) -> {
        Tensor time = t.to(torch.ScalarType.Float).div(new Scalar(1000.0)).view(-1, 1, 1, 1);
        Tensor label = y.labels().to(torch.ScalarType.Float).mul(new Scalar(0.1)).view(-1, 1, 1, 1);
        return Prediction.of(xt.mul(time).add(label).tanh());
      };

  private static Tensor sample(Sampler sampler, Denoiser denoiser, long seed, long... images) {
    PerImageNoise noise = new PerImageNoise(RandomStreams.of(seed), images);
    long[] labels = Arrays.stream(images).map(i -> i % 10).toArray();
    return sampler.sample(
        denoiser,
        noise.initial(3, 8, 8),
        Condition.ofClasses(Tensors.of(labels, labels.length)),
        noise,
        SampleListener.none());
  }

  @Test
  void timesteps_ofThePaper_areThoseOfEveryRule() {
    int[] fx = DdimSampler.fx(PAPER, 100, 0).timesteps();
    assertThat(fx).hasSize(100).startsWith(990, 980).endsWith(10, 0);
    assertThat(DdimSampler.diffusers(PAPER, 100, 0, false).timesteps()).containsExactly(fx);
    assertThat(TimestepSpacing.TRAILING.timesteps(1000, 7, 0))
        .containsExactly(999, 856, 713, 570, 428, 285, 142);
    assertThat(TimestepSpacing.LINSPACE.timesteps(1000, 7, 0))
        .containsExactly(999, 832, 666, 500, 333, 166, 0);
    assertThat(TimestepSpacing.TRAILING.timesteps(1000, 100, 0)).startsWith(999, 989).endsWith(9);
    assertThat(TimestepSpacing.LINSPACE.timesteps(1000, 100, 0))
        .startsWith(999, 989, 979)
        .endsWith(10, 0);
  }

  @Test
  void fx_stepsThatDoNotDivideT_takesMoreOfThem() {
    assertThat(DdimSampler.fx(PAPER, 300, 0).timesteps()).hasSize(334);
  }

  @Test
  void ddim_sameSeedTwice_givesSameBytes() {
    try (Scope scope = Scope.open()) {
      Sampler sampler = DdimSampler.diffusers(PAPER, 10, 0.5, false);
      assertThat(Tensors.floats(sample(sampler, MADE_UP, 4, 0, 1)))
          .containsExactly(Tensors.floats(sample(sampler, MADE_UP, 4, 0, 1)));
      assertThat(Tensors.floats(sample(sampler, MADE_UP, 4, 0, 1)))
          .isNotEqualTo(Tensors.floats(sample(sampler, MADE_UP, 5, 0, 1)));
    }
  }

  @Test
  void ddpm_imageInAnyBatch_isTheSameImage() {
    try (Scope scope = Scope.open()) {
      Sampler sampler = DdpmSampler.diffusers(PAPER, 10);
      Tensor together = sample(sampler, MADE_UP, 4, 0, 1, 2, 3);
      Tensor alone = sample(sampler, MADE_UP, 4, 2);
      assertThat(Tensors.floats(alone)).containsExactly(Tensors.floats(together.select(0, 2)));
    }
  }

  @Test
  void guided_weightZero_isTheConditionalNetwork() {
    try (Scope scope = Scope.open()) {
      Sampler sampler = DdimSampler.fx(PAPER, 5, 0);
      assertThat(Tensors.floats(sample(sampler, new Guided(MADE_UP, 0, 10), 1, 3)))
          .containsExactly(Tensors.floats(sample(sampler, MADE_UP, 1, 3)));
    }
  }

  @Test
  void guided_anyWeight_combinesBothHalves() {
    try (Scope scope = Scope.open()) {
      Tensor xt = RandomStreams.of(2).normal(new long[] {2, 3, 4, 4}, "xt");
      Tensor t = Tensors.of(new long[] {100, 900}, 2);
      Condition y = Condition.ofClasses(Tensors.of(new long[] {1, 2}, 2));
      Condition none = Condition.ofClasses(Tensors.of(new long[] {10, 10}, 2));
      double[] cond = Tensors.doubles(MADE_UP.predict(xt, t, y).value());
      double[] uncond = Tensors.doubles(MADE_UP.predict(xt, t, none).value());
      double[] guided = Tensors.doubles(new Guided(MADE_UP, 0.3, 10).predict(xt, t, y).value());
      for (int i = 0; i < guided.length; i++) {
        assertThat(guided[i])
            .isCloseTo(
                1.3 * cond[i] - 0.3 * uncond[i], org.assertj.core.api.Assertions.within(1e-6));
      }
    }
  }

  @Test
  void guided_withoutClasses_isThePlainNetworkOrRefused() {
    Denoiser half = (xt, t, condition) -> Prediction.of(xt.mul(new Scalar(0.5)));
    try (Scope scope = Scope.open()) {
      Tensor xt = RandomStreams.of(2).normal(new long[] {2, 3, 4, 4}, "xt");
      Tensor t = Tensors.of(new long[] {100, 900}, 2);
      assertThat(Tensors.floats(new Guided(half, 0, 0).predict(xt, t, Condition.none()).value()))
          .containsExactly(Tensors.floats(half.predict(xt, t, Condition.none()).value()));
      assertThatThrownBy(() -> new Guided(half, 0.3, 0).predict(xt, t, Condition.none()).value())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Guidance and label dropout need a class-conditional network");
    }
  }

  /** The first half of the batch is told its texts, the other that there is none. */
  @Test
  void guided_byPrompts_combinesTextAndNoText() {
    Denoiser network =
        (xt, t, condition) -> {
          Tensor states = ((Condition.Prompts) condition).states(); // [2B, 1, 1]
          return Prediction.of(xt.mul(states.view(-1, 1, 1, 1)));
        };
    try (Scope scope = Scope.open()) {
      Tensor states = Tensors.of(new float[] {3, 5}, 2, 1, 1);
      Tensor none = Tensors.of(new float[] {2}, 1, 1, 1);
      Tensor xt = torch.ones(2, 1, 1, 1);
      Tensor t = Tensors.of(new long[] {100, 900}, 2);
      Tensor guided =
          Guided.byPrompts(network, 0.5).predict(xt, t, Condition.ofPrompts(states, none)).value();
      assertThat(Tensors.floats(guided)).containsExactly(1.5f * 3 - 1, 1.5f * 5 - 1);
    }
  }

  @Test
  void guided_negativeWeight_isRefused() {
    assertThatThrownBy(() -> new Guided(MADE_UP, -0.1, 10))
        .hasMessageContaining("guidanceWeight: -0.1 is below 0");
  }

  @Test
  void sample_withThePerfectDenoiser_returnsTheImage() {
    try (Scope scope = Scope.open()) {
      NoiseSchedule schedule = new NoiseSchedule(PAPER.schedule());
      Tensor x0 = RandomStreams.of(2).normal(new long[] {1, 3, 8, 8}, "x0").tanh();
      Denoiser perfect =
          (xt, t, y) -> {
            double a = schedule.alphaBar()[(int) Tensors.longs(t)[0]];
            Tensor noise = xt.sub(x0.mul(new Scalar(Math.sqrt(a))));
            return Prediction.of(noise.div(new Scalar(Math.sqrt(1 - a))));
          };
      for (Sampler sampler :
          new Sampler[] {
            DdimSampler.diffusers(PAPER, 20, 0, false), DdpmSampler.diffusers(PAPER, 20)
          }) {
        float[] sampled = Tensors.floats(sample(sampler, perfect, 1, 0));
        float[] image = Tensors.floats(x0);
        for (int i = 0; i < image.length; i++) {
          assertThat(sampled[i]).isCloseTo(image[i], org.assertj.core.api.Assertions.within(1e-4f));
        }
      }
    }
  }

  @Test
  void thresholding_ofLargePredictions_staysWithinTheRange() {
    SchedulerConfig thresholded =
        SchedulerConfig.fromJson(
            new DiffusersJson(
                "test",
                com.fasterxml.jackson.databind.node.JsonNodeFactory.instance
                    .objectNode()
                    .put("thresholding", true)
                    .put("dynamic_thresholding_ratio", 0.9)
                    .put("sample_max_value", 2.0)));
    try (Scope scope = Scope.open()) {
      Tensor x0 = Tensors.of(new float[] {0.5f, -1f, 3f, -4f}, 1, 1, 2, 2);
      // The 0.9 quantile of |x0| is 3.7, clamped to 2: values are cut at +-2 and halved.
      assertThat(Tensors.floats(X0Rule.of(thresholded).apply(x0)))
          .containsExactly(0.25f, -0.5f, 1f, -1f);
    }
  }

  @Test
  void samplers_stepsOutOfRange_areRefused() {
    assertThatThrownBy(() -> DdimSampler.fx(PAPER, 1001, 0))
        .hasMessage("DdimSampler: 1001 steps; expected 1 to 1000, the training steps");
    assertThatThrownBy(() -> DdpmSampler.diffusers(PAPER, 0)).hasMessageContaining("0 steps");
    assertThatThrownBy(
            () ->
                new SamplerConfig(SamplerConfig.Method.DDPM, SamplerConfig.Rule.FX, 100, 0, false)
                    .sampler(PAPER))
        .hasMessageContaining("Write 1000");
  }

  /** Of n steps, Euler asks n times, Heun twice but for the last; straight paths or not. */
  @ParameterizedTest
  @CsvSource({"EULER, 3", "HEUN, 5"})
  void config_namesTheOrderOfTheEquationsSolver(SamplerConfig.Method method, int questions) {
    for (SchedulerConfig scheduler : List.of(PAPER, SchedulerConfig.flowMatching())) {
      int[] asked = {0};
      Denoiser counting =
          (xt, t, condition) -> {
            asked[0]++;
            return Prediction.of(xt);
          };
      Sampler sampler =
          new SamplerConfig(method, SamplerConfig.Rule.FX, 3, 0, false).sampler(scheduler);
      try (Scope scope = Scope.open()) {
        Tensor xT = RandomStreams.of(1).normal(new long[] {1, 3, 2, 2}, "xT");
        PerImageNoise noise = new PerImageNoise(RandomStreams.of(1), new long[] {0});
        sampler.sample(counting, xT, Condition.none(), noise, step -> {});
      }
      assertThat(asked[0]).isEqualTo(questions);
    }
  }

  /** Of a network that learns the variance, too, the prediction alone is guided. */
  @Test
  void guided_leavesTheLearntVarianceAsTheConditionalPassSaysIt() {
    Denoiser network =
        (xt, t, condition) -> {
          Tensor y = condition.labels().view(-1, 1, 1, 1).to(torch.ScalarType.Float);
          return new Prediction(y.expand(xt.shape()), y.expand(xt.shape()));
        };
    try (Scope scope = Scope.open()) {
      Tensor xt = torch.zeros(1, 3, 2, 2);
      Condition second = Condition.ofClasses(Tensors.ofInts(new int[] {2}));
      Tensor t = Tensors.ofInts(new int[] {7});
      Prediction output = new Guided(network, 0.5, 10).predict(xt, t, second);
      assertThat(output.value().shape()).containsExactly(1, 3, 2, 2);
      assertThat(output.variance().shape()).containsExactly(1, 3, 2, 2);
      assertThat(Tensors.floats(output.value())).containsOnly(1.5f * 2 - 0.5f * 10);
      assertThat(Tensors.floats(output.variance())).containsOnly(2);
    }
  }

  @Test
  void sample_inAScope_leavesNoPointers() {
    Sampler sampler = DdimSampler.diffusers(PAPER, 5, 0.5, false);
    Denoiser guided = new Guided(MADE_UP, 0.3, 10);
    try (Scope scope = Scope.open()) {
      sample(sampler, guided, 1, 0, 1);
    }
    long before = Pointer.totalCount();
    try (Scope scope = Scope.open()) {
      sample(sampler, guided, 1, 0, 1);
    }
    assertThat(Pointer.totalCount()).isLessThanOrEqualTo(before);
  }
}
