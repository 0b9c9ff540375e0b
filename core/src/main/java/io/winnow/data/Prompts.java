package io.winnow.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a network is told about classes and images in words.
 *
 * @param byClass the prompt of every class, [K]
 * @param byImage that of every image, a caption or the prompt of its class, [N]
 * @param missing images without a caption where captions are asked for
 */
public record Prompts(List<String> byClass, List<String> byImage, int missing) {
  private static final int NAMED = 3;

  public Prompts {
    byClass = List.copyOf(byClass);
    byImage = List.copyOf(byImage);
  }

  /**
   * Reads names and captions.
   *
   * @param dataset that the captions lie in
   * @param classes K names in label order
   * @param ids of the images, [N]
   * @param labels of the images, [N]
   * @throws IllegalArgumentException naming the classes without a name, the line that is no
   *     caption, or how many images lack one
   */
  public static Prompts of(
      PromptsConfig config,
      DatasetConfig dataset,
      List<String> classes,
      List<String> ids,
      int[] labels) {
    List<String> byClass =
        ClassNames.of(config.names(), classes).stream().map(config::prompt).toList();
    if (config.captions() == null) {
      return new Prompts(byClass, IntStream.of(labels).mapToObj(byClass::get).toList(), 0);
    }
    Map<String, String> captions = Captions.read(config.captions(), dataset, ids);
    List<String> byImage = new ArrayList<>();
    List<String> lacking = new ArrayList<>();
    for (int i = 0; i < labels.length; i++) {
      String caption = captions.get(ids.get(i));
      if (caption == null) {
        lacking.add(ids.get(i));
      }
      byImage.add(caption == null ? byClass.get(labels[i]) : caption);
    }
    if (lacking.size() > config.maxMissing() * labels.length) {
      throw new IllegalArgumentException(
          "prompts.captions: %d of %d images have no caption in %s (%s%s), at most %.2f %% may lack one."
                  .formatted(
                      lacking.size(),
                      labels.length,
                      config.captions(),
                      String.join(", ", lacking.subList(0, Math.min(NAMED, lacking.size()))),
                      lacking.size() > NAMED ? ", ..." : "",
                      100 * config.maxMissing())
              + " Add the captions, or raise prompts.maxMissing: the rest is told its class.");
    }
    return new Prompts(byClass, byImage, lacking.size());
  }
}
