package io.winnow.cli;

import io.winnow.artifact.Features;
import io.winnow.data.ImageDraw;
import io.winnow.encode.Encoder;
import io.winnow.evaluate.FeatureCache;
import io.winnow.evaluate.ImageSet;
import io.winnow.files.Json;
import io.winnow.pipeline.Stage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Images to a folder of features, without a recipe. */
@Command(
    name = "encode",
    mixinStandardHelpOptions = true,
    description = "Turns images into features by a pre-trained encoder. Stopped, it goes on.")
final class EncodeCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "DATA",
      description = "Folder, ZIP or TAR of images, or an .npz sample batch.")
  Path data;

  @Option(
      names = "--encoder",
      required = true,
      paramLabel = "NAME",
      completionCandidates = EncoderOptions.Names.class,
      description = "One of ${COMPLETION-CANDIDATES}.")
  String encoder;

  @Option(
      names = "--weights",
      required = true,
      paramLabel = "FILE",
      description = "The encoder's file; winnow weights list says where to get it.")
  String weights;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "For the features.")
  Path out;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Mixin DrawOptions part;

  @Mixin EncoderOptions options;

  EncodeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    RecipeOptions.refuseRecipe(data, Stage.ENCODE);
    EncoderOptions.requireKnown(encoder);
    ImageDraw draw = part.draw(part.split, 0);
    // The weights first: a wrong file is refused before the images are read.
    try (Encoder network = options.open(encoder, weights, part.seed);
        ImageSet images = ImageSet.open(data, draw, List.of(), console.progress())) {
      images.notes().forEach(console.progress()::note);
      FeatureCache.requireSameEncoder(out, network);
      images.enlargedBy(network).ifPresent(console.progress()::note);
      try (Features features =
          FeatureCache.run(
              images.images(),
              images.hash(),
              network,
              out,
              options.batch,
              "encode",
              console.progress(),
              console.stop())) {
        print(images, features);
      }
    }
    return ExitCode.DONE;
  }

  private void print(ImageSet images, Features features) {
    if (json) {
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("folder", out.toString());
      facts.put("images", features.rows());
      facts.put("leftOut", images.bad());
      facts.put("data", images.name());
      facts.put("dataSha256", images.hash());
      facts.put("classes", features.classes());
      facts.put("encoder", features.encoder());
      facts.put("encoderHash", features.encoder().hash());
      facts.put("precision", options.describe());
      console.out().print(Json.pretty(facts));
      return;
    }
    console
        .out()
        .printf(
            Locale.ROOT,
            "%s: %,d features of %s%n",
            out,
            features.rows(),
            features.encoder().describe());
  }
}
