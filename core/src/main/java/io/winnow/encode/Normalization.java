package io.winnow.encode;

import java.util.List;

/**
 * Means and standard deviations per channel, on a scale where white is 1. A network sees (x / 255 -
 * mean) / std.
 *
 * @param name what it is called in an encoder's identity
 * @param mean red, green, blue
 * @param std red, green, blue; above 0
 */
public record Normalization(String name, List<Double> mean, List<Double> std) {
  /** ImageNet's statistics, as torchvision states them. */
  static final Normalization IMAGENET =
      new Normalization("imagenet", List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225));

  /** CIFAR-10's statistics, as kuangliu/pytorch-cifar states them. */
  static final Normalization CIFAR10 =
      new Normalization(
          "cifar10", List.of(0.4914, 0.4822, 0.4465), List.of(0.2023, 0.1994, 0.2010));

  /** CIFAR-100's statistics, as Moderate-DS states them for that data set. */
  static final Normalization CIFAR100 =
      new Normalization(
          "cifar100", List.of(0.50707, 0.48654, 0.44091), List.of(0.26733, 0.25643, 0.27615));

  /** Tiny-ImageNet's statistics, which Moderate-DS takes for every data set but CIFAR-100. */
  static final Normalization TINY_IMAGENET =
      new Normalization(
          "tiny-imagenet", List.of(0.4802, 0.4481, 0.3975), List.of(0.2302, 0.2265, 0.2262));

  /** To [-1, 1]. */
  static final Normalization HALF =
      new Normalization("half", List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5));

  private static final List<Normalization> PUBLISHED =
      List.of(IMAGENET, CIFAR10, CIFAR100, TINY_IMAGENET, HALF);

  public Normalization {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != 3 || std.size() != 3 || std.stream().anyMatch(s -> !(s > 0))) {
      throw new IllegalArgumentException(
          "normalization: mean "
              + mean
              + " and std "
              + std
              + "; expected three values each, std"
              + " above 0");
    }
  }

  /** The published statistics of that name. */
  static Normalization of(String name) {
    return PUBLISHED.stream()
        .filter(n -> n.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "normalization: "
                        + name
                        + " is unknown; expected one of "
                        + names()
                        + ". Take the one that the network was trained with."));
  }

  static List<String> names() {
    return PUBLISHED.stream().map(Normalization::name).toList();
  }

  /** The 256 inputs that a channel's levels become, in float32 as a tensor would compute them. */
  float[] table(int channel) {
    float mean32 = mean.get(channel).floatValue();
    float std32 = std.get(channel).floatValue();
    float[] table = new float[256];
    for (int level = 0; level < 256; level++) {
      table[level] = (level / 255f - mean32) / std32;
    }
    return table;
  }
}
