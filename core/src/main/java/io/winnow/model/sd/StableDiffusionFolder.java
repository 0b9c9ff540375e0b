package io.winnow.model.sd;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.files.AtomicFile;
import io.winnow.model.clip.TextTransformer;
import io.winnow.model.clip.TokenizerFolder;
import io.winnow.model.unet.UNet2dCondition;
import io.winnow.model.unet.UNet2dConditionConfig;
import io.winnow.model.unet.UNet2dConditionJson;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.model.vae.AutoencoderKlConfig;
import io.winnow.weights.Checkpoint;
import io.winnow.weights.ComponentWeights;
import io.winnow.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A pipeline folder of diffusers: {@code model_index.json}, {@code unet/}, {@code vae/}, {@code
 * text_encoder/}, {@code tokenizer/}, {@code scheduler/}. What is published since version 1-4 is
 * read, in old names and new ones; today's names are written. A safety checker and a feature
 * extractor are ignored, and not written. Source: diffusers, {@code
 * pipelines/stable_diffusion/pipeline_stable_diffusion.py}.
 *
 * <p>Weights go from the file into the networks tensor by tensor: reading needs little more memory
 * than the networks themselves.
 */
public final class StableDiffusionFolder {
  private static final String PIPELINE = "StableDiffusionPipeline";
  private static final String INDEX = "model_index.json";
  private static final String UNET = "unet";
  private static final String VAE = "vae";
  private static final String SCHEDULER = "scheduler";
  private static final String CONFIG = "config.json";
  private static final String SCHEDULER_CONFIG = "scheduler_config.json";

  private StableDiffusionFolder() {}

  /**
   * Reads all parts, for evaluation.
   *
   * @throws IllegalArgumentException naming every part that is missing, or what does not fit
   */
  public static StableDiffusion read(Path folder) {
    requireParts(folder);
    return new StableDiffusion(
        unet(folder),
        AutoencoderKl.read(folder.resolve(VAE)),
        TextTransformer.read(folder.resolve(PromptEncoder.TEXT_ENCODER)),
        TokenizerFolder.read(folder.resolve(PromptEncoder.TOKENIZER)),
        scheduler(folder));
  }

  /** The scheduler of a folder, as the pipeline opens it. */
  public static SchedulerConfig scheduler(Path folder) {
    Path file = folder.resolve(SCHEDULER).resolve(SCHEDULER_CONFIG);
    return SchedulerConfig.fromJson(DiffusersJson.read(file)).forLatents();
  }

  /** The shape of its U-Net. */
  public static UNet2dConditionConfig unetConfig(Path folder) {
    return UNet2dConditionJson.read(DiffusersJson.read(folder.resolve(UNET).resolve(CONFIG)));
  }

  /** The shape and the scale of its autoencoder. */
  public static AutoencoderKlConfig vaeConfig(Path folder) {
    return AutoencoderKlConfig.fromJson(DiffusersJson.read(folder.resolve(VAE).resolve(CONFIG)));
  }

  /**
   * Reads the weights of its U-Net, tensor by tensor.
   *
   * @param state of a network of {@link #unetConfig}, live
   */
  public static void loadUnet(Map<String, Tensor> state, Path folder) {
    Path weights = ComponentWeights.DIFFUSERS.in(folder.resolve(UNET));
    Checkpoint.load(state, weights, ComponentWeights::presentName);
  }

  private static UNet2dCondition unet(Path folder) {
    UNet2dCondition unet = new UNet2dCondition(unetConfig(folder));
    loadUnet(unet.state(), folder);
    unet.train(false);
    return unet;
  }

  /**
   * Refuses a folder that is not that of a whole pipeline, by the names of its files.
   *
   * @throws IllegalArgumentException naming every part that is missing
   */
  public static void requireParts(Path folder) {
    Path index = folder.resolve(INDEX);
    if (Files.exists(index)) {
      DiffusersJson json = DiffusersJson.read(index);
      json.only("_class_name", PIPELINE, PIPELINE);
      json.throwProblems();
    }
    Map<String, List<String>> files = new LinkedHashMap<>(); // of each part, one of these
    files.put(UNET, List.of(CONFIG));
    files.put(VAE, List.of(CONFIG));
    files.put(PromptEncoder.TEXT_ENCODER, List.of(CONFIG));
    files.put(PromptEncoder.TOKENIZER, List.of("vocab.json", "tokenizer.json"));
    files.put(SCHEDULER, List.of(SCHEDULER_CONFIG));
    List<String> missing = new ArrayList<>();
    files.forEach(
        (part, names) -> {
          Path home = folder.resolve(part);
          if (names.stream().noneMatch(name -> Files.exists(home.resolve(name)))) {
            missing.add(part + "/" + names.get(0));
          }
        });
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          folder
              + ": lacks "
              + String.join(", ", missing)
              + "; expected the folder of a whole "
              + PIPELINE
              + ". Fetch the missing parts as well.");
    }
  }

  /**
   * Writes a folder that diffusers opens. Call it inside an {@code AtomicFolder}.
   *
   * @param folder exists and is empty
   * @param unetWeights by state-dict key, all of the U-Net's; for example its average
   */
  public static void write(Path folder, StableDiffusion model, Map<String, Tensor> unetWeights) {
    Map<String, Tensor> ordered = new LinkedHashMap<>();
    for (String key : model.unet().state().keySet()) {
      if (!unetWeights.containsKey(key)) {
        throw new IllegalArgumentException(
            "StableDiffusionFolder.write: no weight " + key + "; expected every key of the U-Net");
      }
      ordered.put(key, unetWeights.get(key));
    }
    AtomicFile.writeString(folder.resolve(INDEX), DiffusersJson.text(index(model.scheduler())));
    AtomicFile.writeString(
        folder.resolve(SCHEDULER).resolve(SCHEDULER_CONFIG),
        DiffusersJson.text(model.scheduler().toJson()));
    Path unet = folder.resolve(UNET);
    AtomicFile.writeString(
        unet.resolve(CONFIG), DiffusersJson.text(UNet2dConditionJson.write(model.unet().config())));
    Path weights = unet.resolve(ComponentWeights.DIFFUSERS.fileName());
    Safetensors.write(weights, ordered, Map.of("format", "pt"));
    model.vae().write(folder.resolve(VAE));
    model.prompts().write(folder);
  }

  private static ObjectNode index(SchedulerConfig scheduler) {
    ObjectNode index = JsonNodeFactory.instance.objectNode();
    index.put("_class_name", PIPELINE);
    index.put("_diffusers_version", SchedulerConfig.FORMAT_VERSION);
    absent(index.putArray("feature_extractor"));
    index.put("requires_safety_checker", false);
    absent(index.putArray("safety_checker"));
    part(index, SCHEDULER, "diffusers", scheduler.ddim() ? "DDIMScheduler" : "DDPMScheduler");
    part(index, PromptEncoder.TEXT_ENCODER, "transformers", "CLIPTextModel");
    part(index, PromptEncoder.TOKENIZER, "transformers", "CLIPTokenizer");
    part(index, UNET, "diffusers", "UNet2DConditionModel");
    part(index, VAE, "diffusers", "AutoencoderKL");
    return index;
  }

  private static void absent(ArrayNode part) {
    part.addNull().addNull();
  }

  private static void part(ObjectNode index, String name, String library, String type) {
    index.putArray(name).add(library).add(type);
  }
}
