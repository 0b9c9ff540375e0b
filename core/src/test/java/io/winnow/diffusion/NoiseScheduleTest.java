package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class NoiseScheduleTest {
  @Test
  void alphaBar_ofThePaper_hasThePublishedEnds() {
    double[] alphaBar = new NoiseSchedule(ScheduleConfig.paper()).alphaBar();
    assertThat(alphaBar).hasSize(1000);
    assertThat(alphaBar[0]).isCloseTo(0.9999, within(1e-12));
    assertThat(alphaBar[999]).isCloseTo(4.0358e-5, within(1e-9));
    double[] cosine = new NoiseSchedule(new ScheduleConfig.Cosine(1000)).alphaBar();
    assertThat(cosine[999]).isCloseTo(2.43e-9, within(1e-11));
  }

  @Test
  void posterior_atFirstStep_isTheImageItself() {
    NoiseSchedule schedule = new NoiseSchedule(ScheduleConfig.paper());
    assertThat(schedule.posteriorVariance()[0]).isZero();
    assertThat(schedule.posteriorMeanOfX0()[0]).isCloseTo(1, within(1e-12));
    assertThat(schedule.posteriorMeanOfXt()[0]).isZero();
    assertThat(schedule.posteriorLogVarianceClipped()[0])
        .isEqualTo(schedule.posteriorLogVarianceClipped()[1]);
  }

  @Test
  void addNoise_perImageTime_mixesSignalAndNoise() {
    try (Scope scope = Scope.open()) {
      NoiseSchedule schedule = new NoiseSchedule(ScheduleConfig.paper());
      Tensor x0 = Tensors.of(new float[] {1, 1}, 2, 1, 1, 1);
      Tensor eps = Tensors.of(new float[] {0, 2}, 2, 1, 1, 1);
      Tensor t = Tensors.of(new long[] {0, 999}, 2);
      double last = schedule.alphaBar()[999];
      assertThat(Tensors.doubles(schedule.addNoise(x0, eps, t)))
          .containsExactly(
              new double[] {Math.sqrt(0.9999), Math.sqrt(last) + 2 * Math.sqrt(1 - last)},
              within(1e-6));
    }
  }

  @Test
  void schedulerConfig_toJsonAndBack_isTheSame() {
    for (ScheduleConfig schedule :
        List.of(
            ScheduleConfig.paper(),
            new ScheduleConfig.ScaledLinear(1000, 0.00085, 0.012),
            new ScheduleConfig.Cosine(1000),
            new ScheduleConfig.Given(List.of(0.1, 0.2)))) {
      SchedulerConfig config = SchedulerConfig.ddpm(schedule);
      assertThat(SchedulerConfig.fromJson(new DiffusersJson("test", config.toJson())))
          .isEqualTo(config);
    }
  }

  @Test
  void schedulerConfig_unsupportedPrediction_isRefusedByKey() {
    var json =
        JsonNodeFactory.instance
            .objectNode()
            .put("prediction_type", "score")
            .put("beta_schedule", "sigmoid");
    assertThatThrownBy(() -> SchedulerConfig.fromJson(new DiffusersJson("s.json", json)))
        .hasMessageContainingAll(
            "s.json prediction_type: \"score\" is not supported; expected \"epsilon\" or"
                + " \"v_prediction\" or \"sample\"",
            "s.json beta_schedule: \"sigmoid\" is not supported");
  }

  @Test
  void pixels_bytesToRangeAndBack_areTheSameBytes() {
    try (Scope scope = Scope.open()) {
      long[] all = new long[256];
      java.util.Arrays.setAll(all, i -> i);
      Tensor bytes = Tensors.of(all, 256).to(org.bytedeco.pytorch.global.torch.ScalarType.Byte);
      Tensor x = Pixels.fromUint8(bytes);
      assertThat(Tensors.longs(Pixels.toUint8Fx(x))).containsExactly(all);
      assertThat(Tensors.longs(Pixels.toUint8Diffusers(x))).containsExactly(all);
      Tensor outside = Tensors.of(new float[] {-3, 3}, 2);
      assertThat(Tensors.longs(Pixels.toUint8Fx(outside))).containsExactly(0, 255);
      assertThat(Tensors.longs(Pixels.toUint8Diffusers(outside))).containsExactly(0, 255);
    }
  }

  @Test
  void pixels_truncated_areCutOffNotRounded() {
    try (Scope scope = Scope.open()) {
      Tensor x = Tensors.of(new float[] {-3, -1, 0.576f, 1, 3}, 5); // 0.576 is 200.94
      Tensor bytes = Pixels.toUint8Truncated(x);
      assertThat(bytes.scalar_type().intern())
          .isEqualTo(org.bytedeco.pytorch.global.torch.ScalarType.Byte);
      assertThat(Tensors.longs(bytes)).containsExactly(0, 0, 200, 255, 255);
    }
  }
}
