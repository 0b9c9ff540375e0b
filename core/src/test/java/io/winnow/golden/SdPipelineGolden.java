package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.diffusion.Condition;
import io.winnow.diffusion.DdimSampler;
import io.winnow.diffusion.Denoiser;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.diffusion.GuidanceStrength;
import io.winnow.diffusion.NoiseSchedule;
import io.winnow.diffusion.Pixels;
import io.winnow.diffusion.Prediction;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.diffusion.StepNoise;
import io.winnow.files.AtomicFolder;
import io.winnow.model.clip.TextTransformer;
import io.winnow.model.clip.TextTransformerConfig;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.model.sd.StableDiffusion;
import io.winnow.model.sd.StableDiffusionFolder;
import io.winnow.model.sd.TextToImage;
import io.winnow.model.unet.UNet2dCondition;
import io.winnow.model.unet.UNet2dConditionJson;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.nn.Layer;
import io.winnow.optim.AdamConfig;
import io.winnow.optim.EarlyEma;
import io.winnow.optim.Ema;
import io.winnow.optim.EmaRule;
import io.winnow.optim.OptimizerConfig;
import io.winnow.tensor.Compute;
import io.winnow.tensor.Parameterized;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import io.winnow.train.GivenTraining;
import io.winnow.train.TrainConfig;
import io.winnow.train.TrainReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Stable Diffusion at work: scheduler, average, training steps, the whole pipeline. */
final class SdPipelineGolden {
  private SdPipelineGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "sd_ddim_scheduler", SdPipelineGolden::scheduler,
        "sd_ema", SdPipelineGolden::ema,
        "sd_train", SdPipelineGolden::train,
        "sd_pipeline", SdPipelineGolden::pipeline);
  }

  private static void scheduler(Fixture fixture) {
    SchedulerConfig scheduler = SchedulerConfig.fromJson(SdGolden.config(fixture));
    NoiseSchedule schedule = new NoiseSchedule(scheduler.schedule());
    fixture.compare("betas", Tensors.of(schedule.betas(), schedule.trainSteps()));
    fixture.compare("alphas_cumprod", Tensors.of(schedule.alphaBar(), schedule.trainSteps()));
    Tensor x0 = fixture.in("add_x0");
    fixture.compare("noisy", schedule.addNoise(x0, fixture.in("add_noise"), fixture.in("add_t")));
    for (String output : fixture.outputs()) {
      if (output.startsWith("timesteps_")) {
        int steps = Integer.parseInt(output.substring("timesteps_".length()));
        int[] times = DdimSampler.diffusers(scheduler, steps, 0, false).timesteps();
        assertThat(Arrays.stream(times).asLongStream())
            .containsExactly(
                Arrays.stream(Tensors.longs(fixture.out(output))).boxed().toArray(Long[]::new));
        fixture.report(output, "exact", 0, 0);
      } else if (output.startsWith("trajectory_eta")) {
        walk(fixture, scheduler, output.substring("trajectory_".length()));
      }
    }
  }

  /** A sampler with the recorded outputs of a model in the place of one. */
  private static void walk(Fixture fixture, SchedulerConfig scheduler, String name) {
    double eta = Double.parseDouble(name.substring("eta".length()));
    int steps = fixture.config().get("trajectory_steps").asInt();
    List<Tensor> trajectory = new ArrayList<>();
    List<Tensor> predicted = new ArrayList<>();
    int[] call = {0};
    DdimSampler.diffusers(scheduler, steps, eta, false)
        .sample(
            (xt, t, condition) -> Prediction.of(fixture.in("eps_" + name).select(0, call[0]++)),
            fixture.in("x_" + name),
            Condition.none(),
            (step, like) -> fixture.in("noise_" + name).select(0, step),
            step -> {
              trajectory.add(Scope.immortal(step.x().clone()));
              predicted.add(Scope.immortal(step.x0().clone()));
            });
    fixture.compare("trajectory_" + name, stacked(trajectory));
    fixture.compare("pred_x0_" + name, stacked(predicted));
  }

  private static EarlyEma rule(JsonNode config, double decay) {
    return new EarlyEma(
        decay,
        config.path("min_decay").asDouble(0),
        config.path("update_after_step").asLong(0),
        config.path("use_ema_warmup").asBoolean(false)
            ? new EarlyEma.Warmup(
                config.path("inv_gamma").asDouble(1), config.path("power").asDouble(2.0 / 3))
            : null);
  }

  private static void ema(Fixture fixture) {
    EarlyEma rule = rule(fixture.config(), fixture.config().get("decay").asDouble());
    Tensor parameter = Tensors.of(new float[3], 3);
    Ema ema = new Ema(Map.of("p", parameter), rule);
    int updates = (int) fixture.out("decay").size(0);
    double[] decay = new double[updates];
    List<Tensor> shadow = new ArrayList<>();
    for (int i = 0; i < updates; i++) {
      parameter.add_(Tensors.of(new float[] {1, -0.5f, (float) (0.1 * i)}, 3));
      ema.update(i + 1);
      decay[i] = rule.decay(i + 1);
      shadow.add(ema.weights().get("p").clone());
    }
    fixture.compare("decay", Tensors.of(decay, updates));
    fixture.compare("shadow", stacked(shadow));
    List<Double> big = new ArrayList<>();
    fixture.config().get("big_steps").forEach(step -> big.add(rule.decay(step.asLong())));
    double[] values = big.stream().mapToDouble(Double::doubleValue).toArray();
    fixture.compare("big_decay", Tensors.of(values, values.length));
  }

  /** By the trainer: once as it is, once in parts of one image with activations computed anew. */
  private static void train(Fixture fixture) throws IOException {
    train(fixture, false);
    train(fixture, true);
  }

  private static void train(Fixture fixture, boolean anew) throws IOException {
    JsonNode config = fixture.config();
    UNet2dCondition unet = new UNet2dCondition(UNet2dConditionJson.read(part(fixture, "unet")));
    load(fixture, unet, fixture.weights(), "unet.");
    unet.checkpointing(anew);
    List<GivenTraining.Given> steps = given(fixture);
    Asked asked = new Asked(unet, new ArrayList<>(), new ArrayList<>());
    Path folder = Files.createTempDirectory("sd-golden");
    SchedulerConfig scheduler = SchedulerConfig.fromJson(part(fixture, "scheduler"));
    GivenTraining.Outcome outcome =
        GivenTraining.run(
            asked,
            new NoiseSchedule(scheduler.schedule()),
            config(config, steps.size(), (int) steps.get(0).x0().size(0), anew),
            steps,
            steps.size(),
            folder,
            Compute.plainCpu());
    AtomicFolder.delete(folder);
    compareSteps(fixture, steps, outcome.reports());
    if (!anew) {
      fixture.compare("noisy", stacked(asked.xt()));
      fixture.compare("pred", stacked(asked.predicted()));
    }
    for (String output : fixture.outputs()) {
      if (output.startsWith("param.")) {
        fixture.compare(output, unet.state().get(output.substring(6)));
      } else if (output.startsWith("ema.")) {
        fixture.compare(output, outcome.average().get(output.substring(4)));
      }
    }
  }

  private static void compareSteps(
      Fixture fixture, List<GivenTraining.Given> steps, List<TrainReport> reports) {
    EarlyEma rule = rule(fixture.config(), fixture.config().get("ema_decay").asDouble());
    double[] decay = new double[steps.size()];
    double[] loss = new double[steps.size()];
    double[] norm = new double[steps.size()];
    List<Tensor> texts = new ArrayList<>();
    List<Tensor> latents = new ArrayList<>();
    for (int k = 0; k < steps.size(); k++) {
      decay[k] = rule.decay(k + 1);
      loss[k] = reports.get(k).loss();
      norm[k] = reports.get(k).gradNorm();
      texts.add(slicedText(fixture, ((Condition.Prompts) steps.get(k).condition()).states()));
      latents.add(steps.get(k).x0());
    }
    fixture.compare("ema_decay", Tensors.of(decay, decay.length));
    fixture.compare("loss", Tensors.of(loss, loss.length));
    fixture.compare("grad_norm", Tensors.of(norm, norm.length));
    fixture.compare("text", stacked(texts));
    fixture.compare("latents", stacked(latents));
  }

  /** What the U-Net was asked and what it said, while it is trained. */
  private record Asked(UNet2dCondition unet, List<Tensor> xt, List<Tensor> predicted)
      implements Denoiser, Parameterized {
    @Override
    public Prediction predict(Tensor x, Tensor t, Condition condition) {
      Prediction output = unet.predict(x, t, condition);
      xt.add(Scope.immortal(x.clone()));
      predicted.add(Scope.immortal(output.value().detach().clone()));
      return output;
    }

    @Override
    public Map<String, Tensor> parameters() {
      return unet.parameters();
    }

    @Override
    public Map<String, Tensor> buffers() {
      return unet.buffers();
    }

    @Override
    public void recomputedBackward(Function<Supplier<Tensor>, Tensor> precision) {
      unet.recomputedBackward(precision);
    }

    @Override
    public void train(boolean training) {
      unet.train(training);
    }
  }

  private static TrainConfig config(JsonNode json, int steps, int batch, boolean anew) {
    return new TrainConfig(
        null,
        (long) steps,
        batch,
        anew ? 1 : null,
        json.get("lr").asDouble(),
        0,
        AdamConfig.DEFAULT,
        new OptimizerConfig.Decoupled(
            json.get("betas").get(0).asDouble(),
            json.get("betas").get(1).asDouble(),
            json.get("eps").asDouble(),
            json.get("weight_decay").asDouble()),
        json.get("ema_decay").asDouble(),
        EmaRule.EARLY,
        json.get("max_grad_norm").asDouble(),
        null,
        null,
        false,
        null,
        TrainConfig.AnnealWeights.OFF,
        TrainConfig.WeightsAs.LOSS,
        new TrainConfig.CheckpointRule(null, null, null),
        1,
        null,
        null);
  }

  /** Latents and states of every step, by the frozen autoencoder and text encoder. */
  private static List<GivenTraining.Given> given(Fixture fixture) {
    AutoencoderKl vae = new AutoencoderKl(AutoencoderKlConfig.fromJson(part(fixture, "vae")));
    TextTransformer text =
        new TextTransformer(TextTransformerConfig.fromJson(part(fixture, "text_encoder")));
    Map<String, Tensor> weights = fixture.weights();
    load(fixture, vae, weights, "vae.");
    load(fixture, text, weights, "text_encoder.");
    vae.train(false);
    text.train(false);
    List<GivenTraining.Given> given = new ArrayList<>();
    try (NoGradGuard guard = new NoGradGuard()) {
      for (int k = 0; k < fixture.in("t").size(0); k++) {
        Tensor sample =
            vae.encode(fixture.in("pixels").select(0, k))
                .sample(fixture.in("vae_eps").select(0, k));
        Tensor states = text.forward(fixture.in("input_ids").select(0, k));
        given.add(
            new GivenTraining.Given(
                vae.scaled(sample),
                fixture.in("t").select(0, k),
                Condition.ofPrompts(states, states.narrow(0, 0, 1)),
                fixture.in("noise").select(0, k)));
      }
    }
    return given;
  }

  private static DiffusersJson part(Fixture fixture, String name) {
    return new DiffusersJson(fixture.name() + " " + name, fixture.config().get(name));
  }

  private static void load(
      Fixture fixture, Layer network, Map<String, Tensor> weights, String prefix) {
    Map<String, Tensor> own = new LinkedHashMap<>();
    weights.forEach(
        (key, tensor) -> {
          if (key.startsWith(prefix)) {
            own.put(key.substring(prefix.length()), tensor);
          }
        });
    GoldenWeights.load(network.state(), own, fixture.name() + " " + prefix);
  }

  /** The positions of the text that the fixture keeps. */
  private static Tensor slicedText(Fixture fixture, Tensor states) {
    long kept = fixture.out("text").size(2);
    long step = (states.size(1) + kept - 1) / kept;
    return SdGolden.everyNth(states, 1, step);
  }

  /** Both layouts of a checkpoint, each as it lies there and as it is written back. */
  private static void pipeline(Fixture fixture) throws IOException {
    JsonNode checkpoints = fixture.config().get("checkpoints"); // of the same weights
    Path present = folder(fixture, checkpoints.get(0)); // in the names that are written today
    for (JsonNode checkpoint : checkpoints) {
      Path folder = folder(fixture, checkpoint);
      StableDiffusion model = StableDiffusionFolder.read(folder);
      compare(fixture, model);
      Path written = Files.createTempDirectory("sd-golden").resolve("model");
      AtomicFolder.write(written, f -> StableDiffusionFolder.write(f, model, model.unet().state()));
      compare(fixture, StableDiffusionFolder.read(written));
      WrittenFolder.requireSame(present, written);
      AtomicFolder.delete(written.getParent());
    }
  }

  private static Path folder(Fixture fixture, JsonNode checkpoint) throws IOException {
    Path folder = fixture.folder().resolve(checkpoint.asText());
    return Files.exists(folder) // else a fixture that is linked to, not copied
        ? folder
        : fixture.folder().toRealPath().resolve(checkpoint.asText());
  }

  private static void compare(Fixture fixture, StableDiffusion model) {
    JsonNode config = fixture.config();
    List<String> prompts = new ArrayList<>();
    config.get("prompts").forEach(prompt -> prompts.add(prompt.asText()));
    String negative = config.path("negative_prompt").asText("");
    try (Scope scope = Scope.open()) {
      PromptEncoder.Texts texts = model.encode(prompts);
      assertThat(Tensors.longs(texts.ids()))
          .containsExactly(Tensors.longs(fixture.out("input_ids")));
      fixture.compare("prompt_embeds", texts.states());
      fixture.compare("empty_embeds", model.encode(List.of("")).states());
      for (String output : fixture.outputs()) {
        if (output.startsWith("latents_g")) {
          String scale = output.substring("latents_g".length());
          TextToImage.Settings settings =
              new TextToImage.Settings(
                  config.get("height").asInt(),
                  config.get("width").asInt(),
                  config.get("num_inference_steps").asInt(),
                  config.path("eta").asDouble(0),
                  GuidanceStrength.ofScale(Double.parseDouble(scale)),
                  negative);
          sample(fixture, model, prompts, settings, scale);
        }
      }
    }
  }

  private static void sample(
      Fixture fixture,
      StableDiffusion model,
      List<String> prompts,
      TextToImage.Settings settings,
      String scale) {
    List<Tensor> walk = new ArrayList<>();
    StepNoise none = StepNoise.none();
    Tensor latents =
        new TextToImage(model, settings)
            .latents(
                prompts,
                fixture.in("latents"),
                none,
                step -> walk.add(Scope.immortal(step.x().clone())));
    fixture.compare("latents_g" + scale, stacked(walk));
    Tensor images = model.images(latents);
    fixture.compare("image_g" + scale, Pixels.toUnit(images));
    if (fixture.outputs().contains("image_uint8_g" + scale)) {
      Tensor bytes = Pixels.toUint8Diffusers(images).permute(0, 2, 3, 1); // [B, H, W, 3]
      Tensor peer = fixture.out("image_uint8_g" + scale);
      Tensor apart = bytes.to(torch.ScalarType.Int).sub(peer.to(torch.ScalarType.Int)).abs();
      double share = Tensors.doubles(apart.gt(new Scalar(0)).to(torch.ScalarType.Float).mean())[0];
      fixture.report("image_uint8_g" + scale, "share", share, 0.005);
      assertThat(Tensors.longs(apart.max())[0]).isLessThanOrEqualTo(1);
      assertThat(share).isLessThan(0.005);
    }
  }

  private static Tensor stacked(List<Tensor> tensors) {
    return torch.stack(new TensorVector(tensors.toArray(new Tensor[0])), 0);
  }
}
