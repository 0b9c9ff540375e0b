package io.winnow.model;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.config.OrNull;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.diffusion.Parameterization;
import io.winnow.diffusion.SchedulerConfig;
import io.winnow.files.AtomicFile;
import io.winnow.model.sd.PromptEncoder;
import io.winnow.model.sd.StableDiffusion;
import io.winnow.model.sd.StableDiffusionFolder;
import io.winnow.model.unet.UNet2dCondition;
import io.winnow.model.vae.AutoencoderKl;
import io.winnow.weights.Checkpoint;
import io.winnow.weights.ComponentWeights;
import io.winnow.weights.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A checkpoint folder of diffusers, of any kind of network: a pipeline folder ({@code unet/},
 * {@code scheduler/}) or a flat one with the same files at the root, as {@code
 * google/ddpm-cifar10-32} is. Read either, written as a pipeline. Source: diffusers, {@code
 * models/modeling_utils.py}, {@code pipelines/ddpm/pipeline_ddpm.py}.
 *
 * <p>It owns its parts: closing it frees their weights.
 *
 * @param network in training mode as every new one
 * @param scheduler the noise schedule that it was trained on
 * @param vae of a network on latents: how they become images; null for one on images
 * @param prompts of a network that is told texts: how they become what it is told; null for others
 */
public record ModelFolder(
    DenoisingNetwork network,
    SchedulerConfig scheduler,
    @OrNull AutoencoderKl vae,
    @OrNull PromptEncoder prompts)
    implements AutoCloseable {
  private static final String CONFIG = "config.json";
  private static final String SCHEDULER_CONFIG = "scheduler_config.json";
  private static final String VAE = "vae";

  /** Of a network on images that is told classes, or nothing. */
  public ModelFolder(DenoisingNetwork network, SchedulerConfig scheduler) {
    this(network, scheduler, null, null);
  }

  /** The same with the autoencoder of the network's latents. */
  public ModelFolder withVae(@OrNull AutoencoderKl other) {
    return new ModelFolder(network, scheduler, other, prompts);
  }

  /** The same with what turns texts into what the network is told. */
  public ModelFolder withPrompts(PromptEncoder other) {
    return new ModelFolder(network, scheduler, vae, other);
  }

  /**
   * What a folder will hold once the network is trained.
   *
   * @param parameterization what the network's output will stand for
   * @param height of what the network sees: pixels, or cells of latents
   * @param seed of PyTorch's default initialisation
   * @param classCount K; a conditional network has a null class K besides
   * @throws IllegalArgumentException naming the key that does not fit the images
   */
  public static ModelFolder create(
      ModelConfig model,
      Parameterization parameterization,
      int height,
      int width,
      int classCount,
      long seed) {
    DenoisingNetwork network = model.network(height, width, classCount);
    model.initialise(network, seed);
    SchedulerConfig scheduler = model.scheduler(parameterization);
    return new ModelFolder(network, scheduler);
  }

  /**
   * Reads network and scheduler.
   *
   * @throws IllegalArgumentException naming the file that is missing, or the key that does not fit
   */
  public static ModelFolder read(Path folder) {
    Path config = configFile(folder);
    if (config != null && NetworkFormat.named(config) == NetworkFormat.UNET2D_CONDITION) {
      StableDiffusion all = StableDiffusionFolder.read(folder);
      return new ModelFolder(all.unet(), all.scheduler(), all.vae(), all.prompts());
    }
    Path nested = folder.resolve("scheduler").resolve(SCHEDULER_CONFIG);
    Path file = Files.exists(nested) ? nested : folder.resolve(SCHEDULER_CONFIG);
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(
          folder
              + ": neither scheduler/scheduler_config.json nor scheduler_config.json; expected one"
              + " of them. Is this the folder of the whole pipeline?");
    }
    SchedulerConfig scheduler = SchedulerConfig.fromJson(DiffusersJson.read(file));
    Path vae = folder.resolve(VAE);
    boolean latents = Files.exists(vae.resolve(CONFIG));
    return new ModelFolder(
        readNetwork(folder), scheduler, latents ? AutoencoderKl.read(vae) : null, null);
  }

  @Override
  public void close() {
    network.close();
    closeOthers();
  }

  /** The network, which is the caller's from now on; the other parts are freed. */
  public DenoisingNetwork networkAlone() {
    closeOthers();
    return network;
  }

  private void closeOthers() {
    if (vae != null) {
      vae.close();
    }
    if (prompts != null) {
      prompts.close();
    }
  }

  /** The file, or the index of the files, that the weights of a checkpoint folder are read from. */
  public static Path weights(Path folder) {
    return ComponentWeights.DIFFUSERS.in(home(folder));
  }

  /**
   * The {@code config.json} of the network in a pipeline folder, a flat one, or {@code unet/}
   * itself; null where there is none.
   */
  @OrNull
  public static Path configFile(Path folder) {
    Path file = home(folder).resolve(CONFIG);
    return Files.exists(file) ? file : null;
  }

  /**
   * How many classes a network tells apart, the null class included; null for an unconditional one.
   *
   * @param configFile as {@link #configFile}
   */
  @OrNull
  public static Integer classEmbeddings(Path configFile) {
    return NetworkFormat.named(configFile).classEmbeddings(configFile);
  }

  /** Reads the network alone, from a pipeline folder, a flat one, or {@code unet/} itself. */
  public static DenoisingNetwork readNetwork(Path folder) {
    Path config = configFile(folder);
    if (config == null) {
      throw new IllegalArgumentException(
          folder
              + ": neither unet/config.json nor config.json; expected a checkpoint folder of"
              + " diffusers");
    }
    DenoisingNetwork network = NetworkFormat.named(config).network(config);
    Checkpoint.load(network.state(), weights(folder), ComponentWeights::presentName);
    return network;
  }

  private static Path home(Path folder) {
    for (NetworkFormat format : NetworkFormat.values()) {
      Path nested = folder.resolve(format.component());
      if (Files.exists(nested.resolve(CONFIG))) {
        return nested;
      }
    }
    return folder;
  }

  /**
   * Writes a pipeline folder that diffusers opens. Call it inside an {@code AtomicFolder}.
   *
   * @param folder exists and is empty
   * @param weights by state-dict key, all of the network's; for example its average
   */
  public void write(Path folder, Map<String, Tensor> weights) {
    if (network instanceof UNet2dCondition unet) {
      StableDiffusionFolder.write(folder, pipeline(unet), weights);
      return;
    }
    NetworkFormat format = NetworkFormat.of(network);
    Map<String, Tensor> ordered = new LinkedHashMap<>();
    network.state().keySet().forEach(key -> ordered.put(key, require(weights, key)));
    ObjectNode index = JsonNodeFactory.instance.objectNode();
    index.put("_class_name", format.pipeline());
    index.put("_diffusers_version", SchedulerConfig.FORMAT_VERSION);
    index.putArray("scheduler").add("diffusers").add(scheduler.className());
    index.putArray(format.component()).add(format.library()).add(format.className());
    if (vae != null) {
      index.putArray(VAE).add("diffusers").add("AutoencoderKL");
      vae.write(folder.resolve(VAE));
    }
    AtomicFile.writeString(folder.resolve("model_index.json"), DiffusersJson.text(index));
    AtomicFile.writeString(
        folder.resolve("scheduler").resolve(SCHEDULER_CONFIG),
        DiffusersJson.text(scheduler.toJson()));
    Path home = folder.resolve(format.component());
    AtomicFile.writeString(home.resolve(CONFIG), DiffusersJson.text(format.config(network)));
    Safetensors.write(
        home.resolve(ComponentWeights.DIFFUSERS.fileName()), ordered, Map.of("format", "pt"));
  }

  /** A network that is told texts is of no use alone. */
  private StableDiffusion pipeline(UNet2dCondition unet) {
    if (vae == null || prompts == null) {
      throw new IllegalArgumentException(
          "ModelFolder.write: a text-conditional U-Net without its %s; expected the whole pipeline. Give them to ModelFolder."
              .formatted(vae == null ? "autoencoder" : "text encoder and tokenizer"));
    }
    return new StableDiffusion(unet, vae, prompts.transformer(), prompts.tokenizer(), scheduler);
  }

  private static Tensor require(Map<String, Tensor> weights, String key) {
    Tensor tensor = weights.get(key);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "ModelFolder.write: no weight " + key + "; expected every key of the network");
    }
    return tensor;
  }
}
