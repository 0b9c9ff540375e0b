package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.IddpmSampler;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.PowerCosineGuided;
import io.winnow.diffusion.Respacing;
import io.winnow.diffusion.Sampler;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.diffusion.StepNoise;
import io.winnow.diffusion.TimestepSpacing;
import io.winnow.model.mdt.Mdt;
import io.winnow.tensor.Tensors;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Respaced processes and the samplers on them. */
final class IddpmGolden {
  private IddpmGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of("idddpm_tables", IddpmGolden::tables, "idddpm_sample", IddpmGolden::sample);
  }

  /** The peer's named schedules; the linear one is stretched over the number of steps. */
  static ScheduleConfig schedule(JsonNode config) {
    int steps = config.path("diffusion_steps").asInt(1000);
    String name = config.path("noise_schedule").asText("linear");
    double stretch = 1000.0 / steps;
    return switch (name) {
      case "linear" -> new ScheduleConfig.Linear(steps, stretch * 1e-4, stretch * 0.02);
      case "cosine", "squaredcos_cap_v2" -> new ScheduleConfig.Cosine(steps);
      default -> throw new IllegalArgumentException("noise_schedule " + name);
    };
  }

  private static void tables(Fixture fixture) {
    NoiseSchedule original = new NoiseSchedule(schedule(fixture.config()));
    fixture
        .config()
        .get("respacing")
        .properties()
        .forEach(
            entry -> {
              Respacing respacing = Respacing.of(original, entry.getValue().asText());
              compare(fixture, respacing, "_" + entry.getKey());
            });
  }

  private static void compare(Fixture fixture, Respacing respacing, String suffix) {
    NoiseSchedule tables = respacing.schedule();
    double[] alphaBar = tables.alphaBar();
    Map<String, double[]> ours = new LinkedHashMap<>();
    ours.put("betas", tables.betas());
    ours.put("alphas_cumprod", alphaBar);
    ours.put("alphas_cumprod_prev", tables.alphaBarPrevious());
    ours.put(
        "sqrt_recip_alphas_cumprod", Arrays.stream(alphaBar).map(a -> Math.sqrt(1 / a)).toArray());
    ours.put(
        "sqrt_recipm1_alphas_cumprod",
        Arrays.stream(alphaBar).map(a -> Math.sqrt(1 / a - 1)).toArray());
    ours.put("posterior_variance", tables.posteriorVariance());
    ours.put("posterior_log_variance_clipped", tables.posteriorLogVarianceClipped());
    ours.put("posterior_mean_coef1", tables.posteriorMeanOfX0());
    ours.put("posterior_mean_coef2", tables.posteriorMeanOfXt());
    int checked = 0;
    for (String output : fixture.outputs()) {
      if (output.equals("map" + suffix)) {
        long[] map = Arrays.stream(respacing.timesteps()).asLongStream().toArray();
        assertThat(map).containsExactly(Tensors.longs(fixture.out(output)));
        checked++;
      } else if (output.endsWith(suffix)) {
        String name = output.substring(0, output.length() - suffix.length());
        assertThat(ours).as(output).containsKey(name);
        fixture.compare(output, Tensors.of(ours.get(name), ours.get(name).length));
        checked++;
      }
    }
    assertThat(checked).as("outputs of %s", suffix).isPositive();
  }

  /** Both halves of the peer's batch: the classes, then without a class. */
  private static void sample(Fixture fixture) {
    Mdt net = MdtGolden.network(fixture);
    net.train(false);
    PowerCosineGuided guided = MdtGolden.guided(net, fixture);
    Tensor y = fixture.in("y");
    int batch = Math.toIntExact(y.size(0));
    Denoiser halves =
        (x, t, condition) ->
            guided.both(x.narrow(0, 0, batch), t.narrow(0, 0, batch), condition.narrow(0, batch));
    SchedulerConfig scheduler = scheduler(fixture);
    String sections = fixture.config().get("timestep_respacing").asText();
    walk(fixture, IddpmSampler.ancestral(scheduler, sections), halves, "step_");
    double eta = fixture.config().path("eta").asDouble(0);
    walk(fixture, IddpmSampler.ddim(scheduler, sections, eta), halves, "ddim_step_");
    walk(fixture, IddpmSampler.ancestral(scheduler, sections), guided, "step_");
    if (fixture.outputs().contains("cfg_scale_by_step")) {
      int[] times = Respacing.of(new NoiseSchedule(scheduler.schedule()), sections).timesteps();
      fixture.compare("cfg_scale_by_step", MdtGolden.rule(fixture).scale(Tensors.ofInts(times)));
    }
  }

  private static SchedulerConfig scheduler(Fixture fixture) {
    JsonNode config = fixture.config();
    boolean learned = config.path("learn_sigma").asBoolean(true);
    SchedulerConfig.Variance fixed =
        config.path("sigma_small").asBoolean(false)
            ? SchedulerConfig.Variance.FIXED_SMALL
            : SchedulerConfig.Variance.FIXED_LARGE;
    return new SchedulerConfig(
        false,
        schedule(config),
        Parameterization.EPS,
        learned ? SchedulerConfig.Variance.LEARNED_RANGE : fixed,
        config.path("clip_denoised").asBoolean(false),
        1,
        false,
        0.995,
        1,
        TimestepSpacing.LEADING,
        0,
        true);
  }

  /** The peer's whole batch, or the first half of it alone where the denoiser knows one half. */
  private static void walk(Fixture fixture, Sampler sampler, Denoiser denoiser, String prefix) {
    long batch = fixture.in("z").size(0);
    boolean whole = !(denoiser instanceof PowerCosineGuided);
    Tensor z = fixture.in("z");
    Tensor y = fixture.in("y");
    Condition classes = Condition.ofClasses(y);
    long size = whole ? 2 * batch : batch;
    StepNoise noise = (step, like) -> fixture.in("noise").select(0, step).narrow(0, 0, size);
    sampler.sample(
        denoiser,
        whole ? torch.cat(new TensorVector(z, z), 0) : z,
        whole ? classes.followedBy(classes) : classes,
        noise,
        step -> {
          String output = prefix + "%02d".formatted(step.step() - 1);
          if (fixture.outputs().contains(output) && whole) {
            fixture.compare(output, step.x());
          } else if (fixture.outputs().contains(output)) {
            double[] peer = Tensors.doubles(fixture.out(output).narrow(0, 0, batch));
            assertThat(Fixture.relative(Tensors.doubles(step.x()), peer))
                .as("%s %s, the first half", fixture.name(), output)
                .isLessThanOrEqualTo(fixture.relL2());
          }
        });
  }
}
