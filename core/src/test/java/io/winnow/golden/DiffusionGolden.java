package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.DdimSampler;
import io.winnow.diffusion.DdpmSampler;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.diffusion.Guided;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.Sampler;
import io.winnow.diffusion.ScheduleConfig;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.diffusion.StepNoise;
import io.winnow.encode.DdaeBody;
import io.winnow.encode.DdaeConfig;
import io.winnow.model.ModelFolder;
import io.winnow.model.unet.UNet2d;
import io.winnow.tensor.Layout;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Schedules, samplers and the features of a denoising autoencoder. */
final class DiffusionGolden {
  private DiffusionGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "noise_schedule", DiffusionGolden::schedule,
        "ddim_sampler", DiffusionGolden::ddim,
        "ddim_sampler_fx", DiffusionGolden::fx,
        "ddpm_sampler", DiffusionGolden::ddpm,
        "ddpm_sampler_fx", DiffusionGolden::fx,
        "ddae_features", DiffusionGolden::ddae);
  }

  private static void schedule(Fixture fixture) {
    ScheduleConfig config = UnetGolden.schedule(fixture.config());
    NoiseSchedule tables = new NoiseSchedule(config);
    double[] alphaBar = tables.alphaBar();
    Map<String, double[]> ours = new LinkedHashMap<>();
    ours.put("betas", tables.betas());
    ours.put("alphas_cumprod", alphaBar);
    ours.put("alphas_cumprod_prev", tables.alphaBarPrevious());
    ours.put("sqrt_alphas_cumprod", tables.sqrtAlphaBar());
    ours.put("sqrt_one_minus_alphas_cumprod", tables.sqrtOneMinusAlphaBar());
    ours.put("sqrt_recip_alphas_cumprod", map(alphaBar, a -> Math.sqrt(1 / a)));
    ours.put("sqrt_recipm1_alphas_cumprod", map(alphaBar, a -> Math.sqrt(1 / a - 1)));
    ours.put("posterior_variance", tables.posteriorVariance());
    ours.put("posterior_log_variance_clipped", tables.posteriorLogVarianceClipped());
    ours.put("posterior_mean_coef1", tables.posteriorMeanOfX0());
    ours.put("posterior_mean_coef2", tables.posteriorMeanOfXt());
    ours.put("diffusers_alphas_cumprod_f32", alphaBar);
    fxTables("fx_ddpm_", tables, true, ours);
    fxTables(
        "fx_ddim_", new NoiseSchedule(config.withTrainSteps(config.trainSteps() + 1)), false, ours);
    double narrow = fixture.json().get("tolerance").get("rel_l2_f32_tables").asDouble();
    for (String output : fixture.outputs()) {
      assertThat(ours).as(fixture.name()).containsKey(output);
      boolean peerIsFloat32 = output.startsWith("diffusers_") || output.startsWith("fx_");
      double limit = peerIsFloat32 ? narrow : fixture.relL2();
      compareFinite(fixture, output, ours.get(output), limit);
    }
  }

  /** FutureXiang's tables, by 1-based time; the DDPM ones begin with an entry of beta = 0. */
  private static void fxTables(
      String prefix, NoiseSchedule tables, boolean zeroFirst, Map<String, double[]> into) {
    double[] betas = tables.betas();
    double[] alphaBar = tables.alphaBar();
    if (zeroFirst) {
      betas = prepended(0, betas);
      alphaBar = prepended(1, alphaBar);
    }
    double[] ratio = new double[betas.length];
    for (int t = 0; t < ratio.length; t++) {
      ratio[t] = betas[t] / Math.sqrt(1 - alphaBar[t]);
    }
    into.put(prefix + "sqrt_beta_t", map(betas, Math::sqrt));
    into.put(prefix + "alphabar_t", alphaBar);
    into.put(prefix + "ma_over_sqrtmab", ratio);
  }

  /** The peer's 0 / 0 of time 0 must be one of ours too; everything else is compared. */
  private static void compareFinite(Fixture fixture, String output, double[] ours, double limit) {
    double[] peer = Tensors.doubles(fixture.out(output));
    assertThat(ours).as("%s %s", fixture.name(), output).hasSameSizeAs(peer);
    double[] finitePeer = peer.clone();
    double[] finiteOurs = ours.clone();
    for (int i = 0; i < peer.length; i++) {
      if (Double.isNaN(peer[i])) {
        assertThat(ours[i]).as("%s %s[%d]", fixture.name(), output, i).isNaN();
        finitePeer[i] = 0;
        finiteOurs[i] = 0;
      }
    }
    double error = Fixture.relative(finiteOurs, finitePeer);
    fixture.report(output, "rel_l2", error, limit);
    assertThat(error).as("%s %s", fixture.name(), output).isLessThanOrEqualTo(limit);
  }

  private static void ddim(Fixture fixture) throws IOException {
    JsonNode config = fixture.config();
    walk(
        fixture,
        DdimSampler.diffusers(
            scheduler(fixture),
            config.get("num_inference_steps").asInt(),
            config.path("eta").asDouble(0),
            config.path("use_clipped_model_output").asBoolean(false)),
        "timesteps",
        0);
  }

  private static void ddpm(Fixture fixture) throws IOException {
    walk(
        fixture,
        DdpmSampler.diffusers(
            scheduler(fixture), fixture.config().get("num_inference_steps").asInt()),
        "timesteps",
        0);
  }

  private static void fx(Fixture fixture) throws IOException {
    JsonNode config = fixture.config();
    ScheduleConfig schedule =
        new ScheduleConfig.Linear(
            config.get("n_T").asInt(),
            config.get("betas").get(0).asDouble(),
            config.get("betas").get(1).asDouble());
    SchedulerConfig scheduler = SchedulerConfig.ddpm(schedule);
    Sampler sampler =
        config.get("mode").asText().equals("ddim")
            ? DdimSampler.fx(scheduler, config.get("steps").asInt(), config.path("eta").asDouble(0))
            : DdpmSampler.fx(scheduler);
    walk(fixture, sampler, "times", 1);
  }

  private static SchedulerConfig scheduler(Fixture fixture) {
    return SchedulerConfig.fromJson(
        new DiffusersJson(fixture.name(), fixture.config().get("scheduler")));
  }

  /** Both checks of a trajectory: with the recorded predictions, and with the network. */
  private static void walk(Fixture fixture, Sampler sampler, String times, int firstTime)
      throws IOException {
    long[] expected = Tensors.longs(fixture.out(times));
    assertThat(Arrays.stream(sampler.timesteps()).mapToLong(t -> t + firstTime).toArray())
        .as("%s %s", fixture.name(), times)
        .containsExactly(expected);
    JsonNode config = fixture.config();
    double w = config.path("guidance_w").asDouble(0);
    int nullClass = config.get("null_class").asInt();
    double recordedLimit = fixture.json().get("tolerance").get("recorded_rel_l2").asDouble();
    compareWalk(fixture, sampler, new Guided(recorded(fixture), w, nullClass), recordedLimit);
    DenoisingNetwork net =
        ModelFolder.read(fixture.sibling(config.get("checkpoint").asText()).folder()).network();
    GoldenDevice.or(Layout.NCHW).place(net);
    net.train(false);
    compareWalk(fixture, sampler, new Guided(net, w, nullClass), fixture.relL2());
  }

  /** Answers with the predictions that the peer's network gave, call by call. */
  private static Denoiser recorded(Fixture fixture) {
    int[] call = {0};
    Tensor cond = fixture.there("eps_cond");
    Tensor uncond = fixture.there("eps_uncond");
    return (xt, t, y) -> {
      int k = call[0]++;
      Tensor first = cond.select(0, k);
      return Prediction.of(
          xt.size(0) == first.size(0)
              ? first
              : torch.cat(new TensorVector(first, uncond.select(0, k)), 0));
    };
  }

  private static void compareWalk(
      Fixture fixture, Sampler sampler, Denoiser denoiser, double limit) {
    List<Tensor> trajectory = new ArrayList<>();
    List<Tensor> predicted = new ArrayList<>();
    StepNoise noise =
        fixture.has("in.step_noise")
            ? (step, like) -> fixture.there("step_noise").select(0, step)
            : StepNoise.none();
    Tensor last =
        sampler.sample(
            denoiser,
            fixture.there("x_T"),
            Condition.ofClasses(fixture.there("class_labels")),
            noise,
            step -> {
              trajectory.add(Scope.immortal(step.x().clone()));
              predicted.add(Scope.immortal(step.x0().clone()));
            });
    JsonNode kept = fixture.config().path("trajectory_steps");
    List<Tensor> shown = new ArrayList<>();
    for (int k = 0; kept.isMissingNode() ? k < trajectory.size() : k < kept.size(); k++) {
      shown.add(trajectory.get(kept.isMissingNode() ? k : kept.get(k).asInt()));
    }
    fixture.compareRelative("trajectory", stacked(shown), limit);
    if (fixture.outputs().contains("pred_x0")) {
      fixture.compareRelative("pred_x0", stacked(predicted), limit);
    }
    if (fixture.outputs().contains("image01")) {
      fixture.compareRelative("image01", last.add(new Scalar(1.0)).div(new Scalar(2.0)), limit);
    }
  }

  /** Through the encoder's own code, with the peer's noise in the place of its stream. */
  private static void ddae(Fixture fixture) {
    JsonNode config = fixture.config();
    UNet2d net = GoldenDevice.placed(UnetGolden.network(fixture, config.get("unet")));
    net.train(false);
    int trainSteps = config.get("n_T").asInt();
    NoiseSchedule schedule =
        new NoiseSchedule(
            new ScheduleConfig.Linear(
                trainSteps,
                config.get("betas").get(0).asDouble(),
                config.get("betas").get(1).asDouble()));
    int time = config.get("t").asInt(); // counts from 1
    Tensor x0 = fixture.there("image01").mul(new Scalar(2.0)).sub(new Scalar(1.0));
    long[] indices = LongStream.range(0, x0.size(0)).toArray();
    IntFunction<DdaeBody> body =
        k ->
            new DdaeBody(
                net,
                schedule,
                new DdaeConfig(k, time),
                (shape, index) -> fixture.in("noise").select(0, index),
                GoldenDevice.or(Layout.NCHW).device());
    Tensor xt = body.apply(1).noised(x0, indices);
    fixture.compare("x_t", xt);
    double[] fraction = new double[indices.length];
    Arrays.fill(fraction, (double) time / trainSteps);
    Tensor fractions =
        GoldenDevice.sent(Tensors.of(fraction, fraction.length).to(torch.ScalarType.Float));
    try (NoGradGuard guard = new NoGradGuard()) {
      for (String output : fixture.outputs()) {
        if (output.contains("out_")) {
          int k = Integer.parseInt(output.substring(output.indexOf("out_") + 4));
          fixture.compare(
              output,
              output.startsWith("fraction")
                  ? net.upBlockOutputs(xt, fractions, Condition.none(), Set.of(k)).get(k).mean(2, 3)
                  : body.apply(k).features(x0, indices));
        }
      }
    }
  }

  private static Tensor stacked(List<Tensor> steps) {
    return torch.stack(new TensorVector(steps.toArray(new Tensor[0])), 0);
  }

  private static double[] map(double[] values, java.util.function.DoubleUnaryOperator f) {
    return Arrays.stream(values).map(f).toArray();
  }

  private static double[] prepended(double first, double[] rest) {
    double[] all = new double[rest.length + 1];
    all[0] = first;
    System.arraycopy(rest, 0, all, 1, rest.length);
    return all;
  }
}
