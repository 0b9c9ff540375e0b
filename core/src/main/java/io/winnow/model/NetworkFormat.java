package io.winnow.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.config.OrNull;
import io.winnow.diffusion.DenoisingNetwork;
import io.winnow.diffusion.DiffusersJson;
import io.winnow.model.mdt.Mdt;
import io.winnow.model.mdt.MdtJson;
import io.winnow.model.mdt.MdtVersion;
import io.winnow.model.unet.UNet2d;
import io.winnow.model.unet.UNet2dCondition;
import io.winnow.model.unet.UNet2dConditionJson;
import io.winnow.model.unet.UNet2dJson;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The kinds of networks in a checkpoint folder, each as diffusers names and configures it. */
enum NetworkFormat {
  UNET2D("UNet2DModel", "unet", "DDPMPipeline") {
    @Override
    DenoisingNetwork network(Path config) {
      return new UNet2d(UNet2dJson.read(config));
    }

    @Override
    @OrNull
    Integer classEmbeddings(Path config) {
      return UNet2dJson.read(config).numClassEmbeds();
    }

    @Override
    @OrNull
    JsonNode config(DenoisingNetwork network) {
      return network instanceof UNet2d unet ? UNet2dJson.write(unet.config()) : null;
    }
  },
  UNET2D_CONDITION("UNet2DConditionModel", "unet", "StableDiffusionPipeline") {
    @Override
    DenoisingNetwork network(Path config) {
      return new UNet2dCondition(UNet2dConditionJson.read(DiffusersJson.read(config)));
    }

    @Override
    @OrNull
    Integer classEmbeddings(Path config) {
      return null;
    }

    @Override
    @OrNull
    JsonNode config(DenoisingNetwork network) {
      return network instanceof UNet2dCondition unet
          ? UNet2dConditionJson.write(unet.config())
          : null;
    }
  },
  MDT(MdtVersion.V1),
  MDT_V2(MdtVersion.V2);

  private final String className;
  private final String component;
  private final String pipeline;

  /** Of masked diffusion transformers, whose configuration names the version. */
  NetworkFormat(MdtVersion version) {
    this(version.className(), "transformer", "MDTPipeline");
  }

  NetworkFormat(String className, String component, String pipeline) {
    this.className = className;
    this.component = component;
    this.pipeline = pipeline;
  }

  /**
   * The format that a {@code config.json} names; without a name, the first.
   *
   * @throws IllegalArgumentException when it names another
   */
  static NetworkFormat named(Path config) {
    DiffusersJson json = DiffusersJson.read(config);
    String name = json.text("_class_name", UNET2D.className);
    json.throwProblems();
    for (NetworkFormat format : values()) {
      if (format.className.equals(name)) {
        return format;
      }
    }
    String known =
        Arrays.stream(values())
            .map(format -> "\"" + format.className + "\"")
            .collect(Collectors.joining(" or "));
    throw new IllegalArgumentException(
        config + " _class_name: \"" + name + "\" is not supported; expected " + known);
  }

  /** The format of a network. */
  static NetworkFormat of(DenoisingNetwork network) {
    for (NetworkFormat format : values()) {
      if (format.config(network) != null) {
        return format;
      }
    }
    throw new IllegalArgumentException(
        network.getClass().getName() + ": a network that diffusers has no class for");
  }

  /** A network with all weights zero of the shape in a {@code config.json}. */
  DenoisingNetwork network(Path config) {
    return new Mdt(MdtJson.read(config));
  }

  /** Rows of its class embedding; null for an unconditional network. */
  @OrNull
  Integer classEmbeddings(Path config) {
    return MdtJson.read(config).classEmbeddings();
  }

  /** The {@code config.json} of a network; null for one of another format. */
  @OrNull
  JsonNode config(DenoisingNetwork network) {
    return network instanceof Mdt mdt && mdt.config().version().className().equals(className)
        ? MdtJson.write(mdt.config())
        : null;
  }

  /** The Python package that has the class. */
  String library() {
    return this == MDT || this == MDT_V2 ? "masked_diffusion" : "diffusers";
  }

  /** The class in diffusers. */
  String className() {
    return className;
  }

  /** The name of the network in a pipeline and of its folder. */
  String component() {
    return component;
  }

  /** The class of the pipeline that it is written for. */
  String pipeline() {
    return pipeline;
  }
}
