package io.winnow.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * Recognises published networks by the names and shapes of their tensors, so that a file given to
 * the wrong network is answered with what it is.
 */
public final class KnownNetworks {
  /** What DataParallel puts before every key. */
  static final String MODULE = "module.";

  /** A network and keys that it has and those after it in the list may lack. */
  private record Signature(String network, List<String> keys) {
    Signature(String network, String... keys) {
      this(network, List.of(keys));
    }
  }

  private static final List<Signature> SIGNATURES =
      List.of(
          new Signature("OpenAI CLIP with a ResNet image tower", "visual.attnpool.c_proj.weight"),
          new Signature("OpenAI CLIP with a ViT image tower", "visual.proj", "visual.conv1.weight"),
          new Signature("the ResNet image tower of CLIP", "attnpool.c_proj.weight"),
          new Signature(
              "a whole CLIP model (transformers)",
              "vision_model.embeddings.class_embedding",
              "text_model.embeddings.token_embedding.weight"),
          new Signature(
              "the CLIP vision tower (transformers)", "vision_model.embeddings.class_embedding"),
          new Signature("a CLIP text encoder", "text_model.embeddings.token_embedding.weight"),
          new Signature("DINOv2", "cls_token", "blocks.0.ls1.gamma", "patch_embed.proj.weight"),
          new Signature(
              "a ViT without layer scale (DeiT, timm)",
              "cls_token",
              "blocks.0.attn.qkv.weight",
              "patch_embed.proj.weight"),
          new Signature(
              "Stable Diffusion's U-Net (diffusers UNet2DConditionModel)",
              "conv_in.weight",
              "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight"),
          new Signature(
              "an autoencoder (diffusers AutoencoderKL)",
              "encoder.conv_in.weight",
              "decoder.conv_in.weight"),
          new Signature(
              "a diffusers U-Net (UNet2DModel)",
              "conv_in.weight",
              "down_blocks.0.resnets.0.conv1.weight"),
          new Signature(
              "a latent-diffusion checkpoint in the original layout",
              "model.diffusion_model.input_blocks.0.0.weight"),
          new Signature("a guided-diffusion (ADM) U-Net", "input_blocks.0.0.weight"),
          new Signature("MDT", "x_embedder.proj.weight", "mask_token"),
          new Signature("DiT", "x_embedder.proj.weight", "blocks.0.adaLN_modulation.1.weight"));

  private KnownNetworks() {}

  /** What a state dict looks like, in words that follow "It looks like". */
  public static Optional<String> guess(Map<String, Tensor> tensors) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    tensors.forEach(
        (key, tensor) ->
            shapes.put(
                key.startsWith(MODULE) ? key.substring(MODULE.length()) : key, tensor.shape()));
    Optional<String> classifier = inception(shapes).or(() -> resnet(shapes));
    return classifier.isPresent()
        ? classifier
        : SIGNATURES.stream()
            .filter(s -> shapes.keySet().containsAll(s.keys()))
            .map(Signature::network)
            .findFirst();
  }

  private static Optional<String> inception(Map<String, long[]> shapes) {
    if (!shapes.containsKey("Mixed_7c.branch_pool.conv.weight")) {
      return Optional.empty();
    }
    long classes = rows(shapes.get("fc.weight"));
    return Optional.of(
        classes == 1008
            ? "FID-Inception (1008 classes)"
            : "torchvision Inception-v3 (" + classes + " classes)");
  }

  private static Optional<String> resnet(Map<String, long[]> shapes) {
    long[] stem = shapes.get("conv1.weight");
    if (stem == null
        || stem.length != 4
        || !shapes.containsKey("layer1.0.conv1.weight")
        || shapes.containsKey("attnpool.c_proj.weight")) {
      return Optional.empty();
    }
    boolean bottleneck = shapes.containsKey("layer1.0.conv3.weight");
    int blocks = 0;
    for (int stage = 1; stage <= 4; stage++) {
      for (int i = 0; shapes.containsKey("layer" + stage + "." + i + ".conv1.weight"); i++) {
        blocks++;
      }
    }
    int depth = 2 + blocks * (bottleneck ? 3 : 2);
    String form = stem[2] == 7 ? "torchvision ResNet-" : "CIFAR ResNet-";
    return Optional.of(
        form
            + depth
            + " (stem of "
            + stem[0]
            + " channels, head "
            + (shapes.containsKey("linear.weight") ? "linear" : "fc")
            + ")");
  }

  private static long rows(long[] shape) {
    return shape == null || shape.length == 0 ? 0 : shape[0];
  }
}
