package io.winnow.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of the peer's schedulers: what is taken over, what is refused, what is written. */
class SchedulerConfigTest {
  private static final String FLOW = "FlowMatchEulerDiscreteScheduler";

  private static SchedulerConfig read(String json) {
    try {
      return SchedulerConfig.fromJson(new DiffusersJson("c.json", new JsonMapper().readTree(json)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void straightPaths_areWrittenAndRead() {
    SchedulerConfig flow = SchedulerConfig.flowMatching();
    ObjectNode json = flow.toJson();
    assertThat(json.get("_class_name").asText()).isEqualTo(FLOW);
    assertThat(SchedulerConfig.fromJson(new DiffusersJson("c.json", json))).isEqualTo(flow);
    assertThat(read("{\"_class_name\": \"" + FLOW + "\"}")).isEqualTo(flow);
    assertThat(flow.flow()).isTrue();
  }

  /** Each of them would be sampled in another way. */
  @ParameterizedTest
  @CsvSource({
    "num_train_timesteps, 500",
    "shift, 3.0",
    "shift_terminal, 0.1",
    "time_shift_type, '\"linear\"'",
    "invert_sigmas, true",
    "stochastic_sampling, true",
    "use_beta_sigmas, true",
    "use_dynamic_shifting, true",
    "use_exponential_sigmas, true",
    "use_karras_sigmas, true"
  })
  void straightPaths_ofAnotherKind_areRefused_byKey(String key, String value) {
    String json = "{\"_class_name\": \"" + FLOW + "\", \"" + key + "\": " + value + "}";
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("c.json " + key + ": " + value + " is not supported; expected ");
  }

  @ParameterizedTest
  @CsvSource({
    "_class_name, '\"EulerDiscreteScheduler\"'",
    "prediction_type, '\"flow_prediction\"'",
    "rescale_betas_zero_snr, true",
    "variance_type, '\"learned\"'",
    "timestep_spacing, '\"sideways\"'",
    "beta_schedule, '\"sigmoid\"'"
  })
  void schedule_ofAnotherKind_isRefused_byKey(String key, String value) {
    assertThatThrownBy(() -> read("{\"" + key + "\": " + value + "}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("c.json " + key + ": " + value + " is not supported; expected ");
  }

  @Test
  void pndm_isTakenOverAsDdim() {
    SchedulerConfig published =
        read(
            """
            {"_class_name": "PNDMScheduler", "beta_schedule": "scaled_linear", "beta_start": 0.00085,
             "beta_end": 0.012, "set_alpha_to_one": false, "skip_prk_steps": true, "steps_offset": 1}
            """);
    assertThat(published.className()).isEqualTo("DDIMScheduler");
    assertThat(published.schedule())
        .isEqualTo(new ScheduleConfig.ScaledLinear(1000, 0.00085, 0.012));
    assertThat(published.setAlphaToOne()).isFalse();
    assertThat(published.stepsOffset()).isEqualTo(1);
  }

  /** Only what the pipeline of Stable Diffusion sets, whatever the file says. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void forLatents_clipsNothing_andStepsFromOneOn(boolean clip) {
    SchedulerConfig file =
        read(
            """
            {"_class_name": "DDIMScheduler", "clip_sample": %s, "clip_sample_range": 2.5,
             "thresholding": true, "dynamic_thresholding_ratio": 0.9, "sample_max_value": 3.5,
             "prediction_type": "v_prediction", "timestep_spacing": "trailing", "steps_offset": 0,
             "set_alpha_to_one": false, "beta_schedule": "squaredcos_cap_v2"}
            """
                .formatted(clip));
    assertThat(file.clipSample()).isEqualTo(clip);
    assertThat(file.forLatents())
        .isEqualTo(
            new SchedulerConfig(
                true,
                new ScheduleConfig.Cosine(1000),
                Parameterization.V,
                SchedulerConfig.Variance.FIXED_SMALL,
                false,
                2.5,
                true,
                0.9,
                3.5,
                TimestepSpacing.TRAILING,
                1,
                false));
  }
}
