package io.winnow.pipeline;

import io.winnow.encode.EncodeConfig;
import io.winnow.encode.Encoder;
import io.winnow.encode.Encoders;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.global.torch;

/**
 * Opens every encoder that a run will look through before its images are read: a file that is
 * missing, damaged or another network's ends the command at once, not after hours of decoding.
 */
public final class WeightsCheck {
  private final Map<EncodeConfig, Optional<RuntimeException>> opened = new HashMap<>();

  /**
   * Looks at the weights that the stages up to one will need.
   *
   * @throws IllegalArgumentException naming the file and what is wrong with it
   * @throws java.io.UncheckedIOException naming the file, when it cannot be read
   */
  public static void check(Recipe recipe, Stage until) {
    new WeightsCheck().require(recipe, until);
  }

  /** As {@link #check}; what another recipe needed as well is not opened again. */
  void require(Recipe recipe, Stage until) {
    List<StageId> stages = RunPlan.of(recipe, until);
    List<EncodeConfig> needed = new ArrayList<>();
    if (stages.contains(StageId.ENCODE) && !recipe.encode().trains()) {
      needed.add(recipe.encode());
    }
    if (stages.contains(StageId.EVALUATE)) {
      new Judges(recipe)
          .weights()
          .forEach((name, file) -> needed.add(EncodeConfig.of(name, file.toString())));
    }
    for (EncodeConfig config : needed) {
      opened
          .computeIfAbsent(config, WeightsCheck::failure)
          .ifPresent(
              failure -> {
                throw failure;
              });
    }
  }

  private static Optional<RuntimeException> failure(EncodeConfig config) {
    try (Encoder encoder = Encoders.open(config, null, new Device(torch.DeviceType.CPU), 0)) {
      encoder.identity();
      return Optional.empty();
    } catch (IllegalArgumentException | UncheckedIOException e) {
      return Optional.of(e);
    }
  }
}
