package io.winnow.diffusion;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * A diffusers scheduler ({@code scheduler_config.json} of DDPMScheduler, DDIMScheduler or
 * FlowMatchEulerDiscreteScheduler): the noise schedule and how a sampler walks it. Source:
 * diffusers, {@code schedulers/scheduling_ddpm.py} and {@code scheduling_ddim.py}.
 *
 * @param ddim whether the file names DDIMScheduler; a DDIM sampler opens either
 * @param parameterization what the network's output stands for
 * @param variance noise of an ancestral step
 * @param clipSample whether predicted images are clipped to +-clipSampleRange
 * @param thresholding dynamic thresholding (Saharia et al., 2022) in place of clipping
 * @param dynamicThresholdingRatio the quantile of |x0| that sets the threshold
 * @param sampleMaxValue the largest threshold
 * @param stepsOffset added to every step of the leading spacing
 * @param setAlphaToOne whether the last DDIM step goes to alphaBar = 1 (else to alphaBar_0)
 */
public record SchedulerConfig(
    boolean ddim,
    ScheduleConfig schedule,
    Parameterization parameterization,
    Variance variance,
    boolean clipSample,
    double clipSampleRange,
    boolean thresholding,
    double dynamicThresholdingRatio,
    double sampleMaxValue,
    TimestepSpacing spacing,
    int stepsOffset,
    boolean setAlphaToOne) {

  private static final String DDPM = "DDPMScheduler";
  private static final String DDIM = "DDIMScheduler";
  private static final String PNDM = "PNDMScheduler";

  /** The variance of an ancestral step. */
  public enum Variance {
    /** That of the posterior q(x_{t-1} | x_t, x_0). */
    FIXED_SMALL("fixed_small"),
    /** beta_t. */
    FIXED_LARGE("fixed_large"),
    /** Between the two, where further channels of the network say (Nichol and Dhariwal, 2021). */
    LEARNED_RANGE("learned_range");

    private final String key;

    Variance(String key) {
      this.key = key;
    }

    private static Variance of(String key) {
      for (Variance one : values()) {
        if (one.key.equals(key)) {
          return one;
        }
      }
      return FIXED_SMALL;
    }
  }

  /** What a freshly trained network is published with: DDPM, clipped, variance beta_t. */
  public static SchedulerConfig ddpm(ScheduleConfig schedule) {
    return ddpm(schedule, Parameterization.EPS);
  }

  /** As {@link #ddpm(ScheduleConfig)}, of a network that may predict something else than eps. */
  public static SchedulerConfig ddpm(ScheduleConfig schedule, Parameterization parameterization) {
    return new SchedulerConfig(
        false,
        schedule,
        parameterization,
        Variance.FIXED_LARGE,
        true,
        1,
        false,
        0.995,
        1,
        TimestepSpacing.LEADING,
        0,
        true);
  }

  /** Of a network that learns the variance too: nothing is clipped (sail-sg/MDT). */
  public static SchedulerConfig learnedRange(
      ScheduleConfig schedule, Parameterization parameterization) {
    return new SchedulerConfig(
        false,
        schedule,
        parameterization,
        Variance.LEARNED_RANGE,
        false,
        1,
        false,
        0.995,
        1,
        TimestepSpacing.LEADING,
        0,
        true);
  }

  /** Of a network of flow matching: straight paths, whose time it is told in a thousandth. */
  public static SchedulerConfig flowMatching() {
    return new SchedulerConfig(
        false,
        new ScheduleConfig.Straight((int) FlowPath.TIMES),
        Parameterization.FM,
        Variance.FIXED_SMALL,
        false,
        1,
        false,
        0.995,
        1,
        TimestepSpacing.LEADING,
        0,
        true);
  }

  /** Whether there are straight paths in place of a noise schedule. */
  public boolean flow() {
    return parameterization == Parameterization.FM;
  }

  /** The class in diffusers. */
  public String className() {
    return flow() ? FlowSchedulerJson.CLASS : ddim ? DDIM : DDPM;
  }

  /**
   * Reads the keys; absent ones take the peer's defaults. PNDMScheduler, which Stable Diffusion was
   * published with, is taken over as DDIMScheduler: keys that this does not know are dropped.
   *
   * @throws IllegalArgumentException naming the scheduler, or the key, that is not here
   */
  public static SchedulerConfig fromJson(DiffusersJson json) {
    String name = json.text("_class_name", DDPM);
    json.only("_class_name", DDPM, DDPM, DDIM, PNDM, FlowSchedulerJson.CLASS);
    if (name.equals(FlowSchedulerJson.CLASS)) {
      FlowSchedulerJson.read(json);
      return flowMatching();
    }
    json.ignore("skip_prk_steps");
    json.only("prediction_type", "epsilon", "epsilon", "v_prediction", "sample");
    json.only("rescale_betas_zero_snr", false, false);
    json.only("variance_type", "fixed_small", "fixed_small", "fixed_large", "learned_range");
    json.only("timestep_spacing", "leading", "leading", "trailing", "linspace");
    ScheduleConfig schedule = schedule(json);
    SchedulerConfig config =
        new SchedulerConfig(
            !name.equals(DDPM),
            schedule,
            Parameterization.of(json.text("prediction_type", "epsilon")),
            Variance.of(json.text("variance_type", "fixed_small")),
            json.flag("clip_sample", true),
            json.number("clip_sample_range", 1),
            json.flag("thresholding", false),
            json.number("dynamic_thresholding_ratio", 0.995),
            json.number("sample_max_value", 1),
            TimestepSpacing.of(json.text("timestep_spacing", "leading")),
            json.integer("steps_offset", 0),
            json.flag("set_alpha_to_one", true));
    json.finish();
    return config;
  }

  /**
   * As the pipeline of Stable Diffusion opens it, whatever the file says: no clipping of predicted
   * latents, leading steps from 1 on. Source: diffusers, {@code pipeline_stable_diffusion.py}.
   */
  public SchedulerConfig forLatents() {
    return new SchedulerConfig(
        ddim,
        schedule,
        parameterization,
        variance,
        false,
        clipSampleRange,
        thresholding,
        dynamicThresholdingRatio,
        sampleMaxValue,
        spacing,
        1,
        setAlphaToOne);
  }

  private static ScheduleConfig schedule(DiffusersJson json) {
    json.only("beta_schedule", "linear", "linear", "scaled_linear", "squaredcos_cap_v2");
    int trainSteps = json.integer("num_train_timesteps", 1000);
    double first = json.number("beta_start", 1e-4);
    double last = json.number("beta_end", 0.02);
    List<Double> given =
        json.isNull("trained_betas") ? List.of() : json.numbers("trained_betas", List.of());
    json.throwProblems();
    if (!given.isEmpty()) {
      return new ScheduleConfig.Given(given);
    }
    return switch (json.text("beta_schedule", "linear")) {
      case "scaled_linear" -> new ScheduleConfig.ScaledLinear(trainSteps, first, last);
      case "squaredcos_cap_v2" -> new ScheduleConfig.Cosine(trainSteps);
      default -> new ScheduleConfig.Linear(trainSteps, first, last);
    };
  }

  /** All keys, in the peer's (alphabetical) order. */
  public ObjectNode toJson() {
    if (flow()) {
      return FlowSchedulerJson.write(FORMAT_VERSION);
    }
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("_class_name", className());
    json.put("_diffusers_version", FORMAT_VERSION);
    double[] ends = ends();
    json.put("beta_end", ends[1]);
    json.put("beta_schedule", scheduleName());
    json.put("beta_start", ends[0]);
    json.put("clip_sample", clipSample);
    json.put("clip_sample_range", clipSampleRange);
    json.put("dynamic_thresholding_ratio", dynamicThresholdingRatio);
    json.put("num_train_timesteps", schedule.trainSteps());
    json.put("prediction_type", parameterization.key());
    json.put("rescale_betas_zero_snr", false);
    json.put("sample_max_value", sampleMaxValue);
    if (ddim) {
      json.put("set_alpha_to_one", setAlphaToOne);
    }
    json.put("steps_offset", stepsOffset);
    json.put("thresholding", thresholding);
    json.put("timestep_spacing", spacing.key());
    json.putNull("trained_betas");
    if (writesBetas()) {
      var betas = json.putArray("trained_betas");
      for (double beta : schedule.betas()) {
        betas.add(beta);
      }
    }
    if (!ddim) {
      json.put("variance_type", variance.key);
    }
    return json;
  }

  /** The revision of diffusers whose key names are written. */
  public static final String FORMAT_VERSION = "0.40.0";

  private String scheduleName() {
    if (schedule instanceof ScheduleConfig.Cosine) {
      return "squaredcos_cap_v2";
    }
    return schedule instanceof ScheduleConfig.ScaledLinear ? "scaled_linear" : "linear";
  }

  private double[] ends() {
    if (schedule instanceof ScheduleConfig.Linear linear) {
      return new double[] {linear.betaStart(), linear.betaEnd()};
    }
    if (schedule instanceof ScheduleConfig.ScaledLinear scaled) {
      return new double[] {scaled.betaStart(), scaled.betaEnd()};
    }
    return new double[] {1e-4, 0.02};
  }

  /** Whether the schedule has no name in the format and has to be written number by number. */
  private boolean writesBetas() {
    if (schedule instanceof ScheduleConfig.Cosine cosine) {
      return !cosine.equals(new ScheduleConfig.Cosine(cosine.trainSteps()));
    }
    return schedule instanceof ScheduleConfig.Given;
  }
}
