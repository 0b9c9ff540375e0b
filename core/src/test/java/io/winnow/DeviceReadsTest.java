package io.winnow;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Keeps the steps of training, sampling and encoding from waiting for a device: what a step runs
 * neither reads a value from it nor sends one there by a copy that waits. Places that may are named
 * here, with how often the words occur, and why.
 */
class DeviceReadsTest {
  private static final Path SOURCES = Path.of("../core/src/main/java/io/winnow");

  /** Files and folders of what steps run. */
  private static final List<String> STEPS =
      List.of(
          "train/TrainUpdate.java",
          "train/StepInputs.java",
          "train/StepSource.java",
          "train/LossMeter.java",
          "train/Pictures.java",
          "train/Latents.java",
          "train/LossWeighting.java",
          "diffusion",
          "nn",
          "model",
          "optim",
          "reweight",
          "encode/NetworkEncoder.java",
          "encode/DdaeBody.java",
          "encode/ClassifierFit.java",
          "tensor/Kernels.java",
          "tensor/TensorGroup.java",
          "tensor/Constant.java",
          "pipeline/Sampling.java",
          "pipeline/SampleStage.java",
          "pipeline/SampleSpace.java",
          "encode/AutoencoderTraining.java");

  private static final Pattern WAITS =
      Pattern.compile(
          "\\.item(?:_\\w+)?\\(|\\.cpu\\(\\)|Tensors\\.(?:floats|doubles|longs|bytes)\\("
              + "|data_ptr|is_nonzero|\\.nonzero\\(|masked_select|\\.equal\\(|synchronize"
              + "|\\.to\\(\\s*(?:\\w+\\.)*(?:device|DEVICE)\\b");

  /** How many waits a file may have: none but at the beginning, at reports and at the end. */
  private static final Map<String, Integer> ALLOWED =
      Map.ofEntries(
          Map.entry("diffusion/DenoisingLoss.java", 1), // losses that select, before the steps
          Map.entry("encode/ClassifierFit.java", 5), // start, report, count of the right ones
          Map.entry("encode/AutoencoderTraining.java", 6), // report, what is measured at the end
          Map.entry("model/clip/TextTransformer.java", 2), // prompts, before the steps
          Map.entry("model/resnet/CifarResNet18.java", 1), // start
          Map.entry("model/sd/PromptEncoder.java", 1), // prompts, before the steps
          Map.entry("nn/Layer.java", 1), // moving a network
          Map.entry("optim/Adan.java", 1), // a state that is restored
          Map.entry("pipeline/SampleSpace.java", 2), // images of a batch
          Map.entry("reweight/DeviceGroupDro.java", 2), // start, state
          Map.entry("reweight/DeviceState.java", 2), // start, state
          Map.entry("reweight/GroupDroReweighting.java", 1), // losses on the CPU
          Map.entry("reweight/Reweighting.java", 2), // losses on the CPU
          Map.entry("tensor/Constant.java", 1), // first use
          Map.entry("train/LossMeter.java", 2)); // start, reading

  @Test
  void steps_waitForTheDevice_nowhereElse() throws IOException {
    Map<String, Integer> found = new TreeMap<>();
    for (Path file : files()) {
      long waits = WAITS.matcher(code(file)).results().count();
      if (waits > 0) {
        found.put(name(file), (int) waits);
      }
    }
    assertThat(found).isEqualTo(ALLOWED);
  }

  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    for (String step : STEPS) {
      try (Stream<Path> walk = Files.walk(SOURCES.resolve(step))) {
        walk.filter(f -> f.toString().endsWith(".java")).forEach(files::add);
      }
    }
    return files;
  }

  private static String name(Path file) {
    return SOURCES.relativize(file).toString().replace('\\', '/');
  }

  private static String code(Path file) throws IOException {
    return Files.readString(file).replaceAll("(?s)/\\*.*?\\*/", "").replaceAll("//[^\\n]*", "");
  }
}
