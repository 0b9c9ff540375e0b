package io.winnow.model.mdt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.winnow.diffusion.DiffusersJson;
import java.nio.file.Path;

/** The keys of a {@code config.json}: the arguments of the reference's constructors. */
public final class MdtJson {
  private MdtJson() {}

  /**
   * Reads a parsed {@code config.json}; absent keys take the reference's defaults.
   *
   * @throws IllegalArgumentException naming a key that says what is not supported
   */
  public static MdtConfig read(JsonNode json) {
    return read(new DiffusersJson("MDT config", json));
  }

  /** As {@link #read(JsonNode)}, from the file. */
  public static MdtConfig read(Path file) {
    return read(DiffusersJson.read(file));
  }

  private static MdtConfig read(DiffusersJson json) {
    json.only("_class_name", "MDTv2", "MDT", "MDTv2");
    json.only("version", 2, 1, 2);
    json.ignore("factory", "_diffusers_version");
    boolean first =
        json.has("version")
            ? json.integer("version", 2) == 1
            : json.text("_class_name", "MDTv2").equals(MdtVersion.V1.className());
    int inputSize = json.integer("input_size", 32);
    int patchSize = json.integer("patch_size", 2);
    int inChannels = json.integer("in_channels", 4);
    int hiddenSize = json.integer("hidden_size", 1152);
    int depth = json.integer("depth", 28);
    int numHeads = json.integer("num_heads", 16);
    double mlpRatio = json.number("mlp_ratio", 4);
    int numClasses = json.integer("num_classes", 1000);
    double classDropoutProb = json.number("class_dropout_prob", 0.1);
    boolean learnSigma = json.flag("learn_sigma", true);
    Double maskRatio = json.isNull("mask_ratio") ? null : (Double) json.number("mask_ratio", 0);
    int decodeLayer = json.integer("decode_layer", 4);
    json.throwProblems();
    MdtConfig config =
        new MdtConfig(
            first ? MdtVersion.V1 : MdtVersion.V2,
            inputSize,
            patchSize,
            inChannels,
            hiddenSize,
            depth,
            numHeads,
            mlpRatio,
            numClasses,
            classDropoutProb,
            learnSigma,
            maskRatio,
            decodeLayer);
    json.finish();
    return config;
  }

  /** The keys of a {@code config.json}. */
  public static ObjectNode write(MdtConfig config) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("_class_name", config.version().className());
    json.put("class_dropout_prob", config.classDropoutProb());
    json.put("decode_layer", config.decodeLayer());
    json.put("depth", config.depth());
    json.put("hidden_size", config.hiddenSize());
    json.put("in_channels", config.inChannels());
    json.put("input_size", config.inputSize());
    json.put("learn_sigma", config.learnSigma());
    json.put("mask_ratio", config.maskRatio());
    json.put("mlp_ratio", config.mlpRatio());
    json.put("num_classes", config.numClasses());
    json.put("num_heads", config.numHeads());
    json.put("patch_size", config.patchSize());
    return json;
  }
}
