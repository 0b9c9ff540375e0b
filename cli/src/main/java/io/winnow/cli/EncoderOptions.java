package io.winnow.cli;

import io.winnow.encode.ClassifierConfig;
import io.winnow.encode.DdaeConfig;
import io.winnow.encode.EncodeConfig;
import io.winnow.encode.Encoder;
import io.winnow.encode.EncoderNames;
import io.winnow.encode.Encoders;
import io.winnow.encode.Precision;
import io.winnow.tensor.Compute;
import java.util.Iterator;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How an encoder runs: the options that all commands with an encoder share. */
final class EncoderOptions {
  /** The names for {@code --help} and completion. */
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return EncoderNames.ALL.iterator();
    }
  }

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "64",
      description = "Images per call of the network (default: ${DEFAULT-VALUE}).")
  int batch;

  @Option(
      names = "--precision",
      paramLabel = "PRECISION",
      defaultValue = "float32",
      description =
          "Of the network on CUDA: float32 or bfloat16 (default: ${DEFAULT-VALUE}); a CPU computes"
              + " in float32.")
  Precision precision;

  @Option(
      names = "--normalization",
      paramLabel = "NAME",
      description =
          "Statistics that a foreign file of resnet18-cifar was trained with: imagenet, cifar10,"
              + " cifar100, tiny-imagenet or half.")
  String normalization;

  @Mixin ComputeOptions place;

  /** Opens an encoder; the caller closes it. */
  Encoder open(String name, String weights, long seed) {
    EncodeConfig config =
        new EncodeConfig(
            name,
            weights,
            batch,
            precision,
            normalization,
            ClassifierConfig.PUBLISHED,
            DdaeConfig.PUBLISHED);
    if (config.trains()) {
      throw new IllegalArgumentException(
          "--weights train: only winnow run trains an encoder. Name a file, or the folder of a"
              + " trained classifier.");
    }
    return Encoders.open(config, null, compute().device(), seed);
  }

  /** What the networks compute in and on, for the circumstances. */
  String describe() {
    return (compute().cuda() ? precision == Precision.FLOAT32 ? "float32" : "bfloat16" : "float32")
        + " on "
        + (compute().cuda() ? "cuda" : "cpu");
  }

  private Compute compute() {
    return place.compute("float32");
  }

  /** Refuses a name that no encoder has. */
  static void requireKnown(String name) {
    List<String> known = EncoderNames.ALL;
    if (!known.contains(name)) {
      throw new IllegalArgumentException(
          "--encoder " + name + ": unknown; expected one of " + String.join(", ", known) + ".");
    }
  }
}
