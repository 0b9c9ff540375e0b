package io.winnow.data;

import io.winnow.config.Check;
import io.winnow.config.OrNull;

/**
 * The {@code prompts} part of a recipe: the texts that a network is told about images.
 *
 * @param template of a class, with {@code {class}} in the place of its name
 * @param names file of names of classes, a line for each: the class, a space or tab, its name, of
 *     which the part before the first comma counts; null where the classes are named by what they
 *     are called in the data set, with spaces for underscores
 * @param captions {@code txt} for a text file beside every image, or a file of captions ({@code
 *     .jsonl} or {@code .csv}, with {@code file_name} and {@code text}), inside the data set or
 *     outside; null to tell the prompt of the class
 * @param maxMissing in [0, 1]: more images without a caption than this share of all end the run; up
 *     to it, they are told the prompt of their class
 */
public record PromptsConfig(
    String template, @OrNull String names, @OrNull String captions, double maxMissing) {
  /** The place of the name in a template. */
  static final String CLASS = "{class}";

  /** The value of {@code captions} for files beside the images. */
  static final String BESIDE = "txt";

  /** {@code a photo of a {class}}, no captions. */
  public static final PromptsConfig DEFAULT =
      new PromptsConfig("a photo of a " + CLASS, null, null, 0.01);

  public PromptsConfig {
    Check.that(
        template.contains(CLASS),
        "template is \"%s\", but must have {class} where the name stands, as a photo of a {class}.",
        template);
    Check.that(
        captions == null
            || captions.equals(BESIDE)
            || captions.endsWith(".jsonl")
            || captions.endsWith(".csv"),
        "captions is %s, but must be txt (a file beside every image), a .jsonl or a .csv.",
        captions);
    Check.that(
        maxMissing >= 0 && maxMissing <= 1,
        "maxMissing is %s, but must be in [0, 1]; 0.01 lets 1 %% of the images lack a caption.",
        maxMissing);
  }

  /** The prompt of a class of this name. */
  String prompt(String name) {
    return template.replace(CLASS, name);
  }
}
