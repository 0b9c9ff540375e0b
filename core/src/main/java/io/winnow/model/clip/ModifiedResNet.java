package io.winnow.model.clip;

import io.winnow.nn.BatchNorm2d;
import io.winnow.nn.Conv2d;
import io.winnow.nn.ConvNorm;
import io.winnow.nn.Layer;
import io.winnow.tensor.Shapes;
import io.winnow.weights.KnownNetworks;
import io.winnow.weights.StateDict;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The ResNet image tower of CLIP: a stem of three convolutions, strides as average pools, attention
 * as the last pool. Source: openai/CLIP d05afc4, {@code clip/model.py}, whose names it has without
 * {@code visual.}; open_clip's are the same.
 */
public final class ModifiedResNet extends Layer {
  private static final String PREFIX = "visual.";

  private final ModifiedResNetConfig config;
  private final ConvNorm stem1;
  private final ConvNorm stem2;
  private final ConvNorm stem3;
  private final List<Bottleneck> blocks = new ArrayList<>();
  private final AttentionPool attnpool;

  /** Builds the network with unspecified weights. */
  public ModifiedResNet(ModifiedResNetConfig config) {
    this.config = config;
    int width = config.width();
    Conv2d conv1 = child("conv1", new Conv2d(3, width / 2, 3, 2, 1, false));
    stem1 = foldable(new ConvNorm(conv1, child("bn1", new BatchNorm2d(width / 2))));
    Conv2d conv2 = child("conv2", new Conv2d(width / 2, width / 2, 3, 1, 1, false));
    stem2 = foldable(new ConvNorm(conv2, child("bn2", new BatchNorm2d(width / 2))));
    Conv2d conv3 = child("conv3", new Conv2d(width / 2, width, 3, 1, 1, false));
    stem3 = foldable(new ConvNorm(conv3, child("bn3", new BatchNorm2d(width))));
    int in = width;
    for (int stage = 0; stage < config.layers().size(); stage++) {
      for (int i = 0; i < config.layers().get(stage); i++) {
        int stride = stage > 0 && i == 0 ? 2 : 1;
        String name = "layer" + (stage + 1) + "." + i;
        blocks.add(child(name, new Bottleneck(in, width << stage, stride)));
        in = Bottleneck.EXPANSION * (width << stage);
      }
    }
    int side = config.resolution() / ModifiedResNetConfig.STRIDE;
    attnpool =
        child(
            "attnpool",
            new AttentionPool(side * side, in, config.heads(), config.outputDimension()));
  }

  /**
   * Builds the tower that a state dict describes and loads it, for evaluation. Keys outside of the
   * tower are ignored, and so is the absence of {@code num_batches_tracked}.
   *
   * @param where the file, for messages
   */
  public static ModifiedResNet of(Map<String, Tensor> state, String where) {
    Map<String, Tensor> tower = tower(state);
    for (String key :
        new String[] {
          "attnpool.positional_embedding", "attnpool.c_proj.weight", "layer1.0.conv1.weight"
        }) {
      if (!tower.containsKey(key) || tower.get(key).dim() < 2) {
        throw new IllegalArgumentException(
            where
                + ": is no CLIP with a ResNet image tower (visual."
                + key
                + " is missing)."
                + KnownNetworks.guess(state).map(n -> " The file looks like " + n + ".").orElse("")
                + " Use OpenAI's RN50.pt or its open_clip form.");
      }
    }
    ModifiedResNet network = new ModifiedResNet(ModifiedResNetConfig.of(tower));
    StateDict.load(network.state(), tower, where, StateDict.Ignore.ending("num_batches_tracked"));
    network.train(false);
    return network;
  }

  private static Map<String, Tensor> tower(Map<String, Tensor> state) {
    if (state.keySet().stream().noneMatch(key -> key.startsWith(PREFIX))) {
      return state;
    }
    Map<String, Tensor> tower = new LinkedHashMap<>();
    state.forEach(
        (key, tensor) -> {
          if (key.startsWith(PREFIX)) {
            tower.put(key.substring(PREFIX.length()), tensor);
          }
        });
    return tower;
  }

  public ModifiedResNetConfig config() {
    return config;
  }

  /**
   * Embeds images; the embedding is not normalised.
   *
   * @param images [B, 3, S, S] with S the configured resolution, float32, normalised with CLIP's
   *     mean and deviation
   * @return [B, P]
   */
  public Tensor forward(Tensor images) {
    int side = config.resolution();
    Shapes.require(images, "ModifiedResNet images", Shapes.ANY, 3, side, side);
    Tensor h = stem1.forward(images).relu_(); // [B, C/2, S/2, S/2]
    h = stem2.forward(h).relu_(); // [B, C/2, S/2, S/2]
    h = stem3.forward(h).relu_(); // [B, C, S/2, S/2]
    h = torch.avg_pool2d(h, 2, 2); // [B, C, S/4, S/4]
    for (Bottleneck block : blocks) {
      h = block.forward(h); // from [B, C, S/4, S/4] to [B, 32C, S/32, S/32]
    }
    return attnpool.forward(h); // [B, P]
  }
}
