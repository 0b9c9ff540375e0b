package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.winnow.tensor.Scope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Reproduces the golden numbers of independent peers: one case per folder of {@code
 * -Dwinnow.golden=DIR}. A component without a handler fails unless {@link #STILL_TO_COME} names it;
 * nothing is skipped in silence.
 */
class GoldenTest {
  /** Components of later work, by the part that brings them. Never counted as passed. */
  static final Map<String, List<String>> STILL_TO_COME = Map.of();

  private static final Map<String, Handler> HANDLERS = handlers();

  /** What computes on the device of {@code -Dwinnow.device}; there, nothing else is checked. */
  private static final Set<String> ON_DEVICE =
      Set.of(
          "unet2d",
          "unet2d_grad",
          "diffusers_checkpoint",
          "train_steps",
          "ddim_sampler",
          "ddim_sampler_fx",
          "ddpm_sampler",
          "ddpm_sampler_fx",
          "ddae_features",
          "mdt",
          "mdt_train_loss",
          "cifar_resnet18",
          "torchvision_resnet18",
          "torchvision_resnet50",
          "resnet18",
          "resnet18_train",
          "torchvision_inception_v3",
          "fid_inception_v3",
          "clip_modified_resnet",
          "clip_vision_with_projection",
          "dinov2_vit",
          "unet2d_condition",
          "autoencoder_kl",
          "clip_text");

  private static Map<String, Handler> handlers() {
    Map<String, Handler> all = new TreeMap<>();
    Stream.of(
            FormatsGolden.handlers(),
            UnetGolden.handlers(),
            DiffusionGolden.handlers(),
            TrainGolden.handlers(),
            ReweightGolden.handlers(),
            PruneGolden.handlers(),
            PruneMethodsGolden.handlers(),
            EvalGolden.handlers(),
            ResnetGolden.handlers(),
            InceptionGolden.handlers(),
            ClipGolden.handlers(),
            MdtGolden.handlers(),
            IddpmGolden.handlers(),
            AdanGolden.handlers(),
            SdGolden.handlers(),
            SdPipelineGolden.handlers(),
            PreprocessGolden.handlers())
        .forEach(
            some ->
                some.forEach(
                    (component, handler) -> {
                      if (all.put(component, handler) != null) {
                        throw new IllegalStateException("two handlers for " + component);
                      }
                    }));
    return all;
  }

  @TestFactory
  Stream<DynamicTest> fixtures() throws IOException {
    Path root = root();
    assumeTrue(root != null, "no golden fixtures here; give -Dwinnow.golden=DIR");
    Map<String, Path> byName = new TreeMap<>();
    try (Stream<Path> folders = Files.list(root)) {
      folders
          .filter(f -> Files.exists(f.resolve("fixture.json")))
          .forEach(f -> byName.put(f.getFileName().toString(), f));
    }
    assertThat(byName).as("fixtures under %s", root).isNotEmpty();
    Map<String, String> later = new LinkedHashMap<>();
    STILL_TO_COME.forEach((part, components) -> components.forEach(c -> later.put(c, part)));
    return byName.entrySet().stream()
        .filter(entry -> !announceLater(entry.getKey(), component(entry.getValue()), later))
        .filter(entry -> GoldenDevice.isCpu() || ON_DEVICE.contains(component(entry.getValue())))
        .map(entry -> dynamicTest(entry.getKey(), () -> check(entry.getValue())));
  }

  @Test
  void stillToCome_namesNoComponentThatHasAHandler() {
    assertThat(STILL_TO_COME.values().stream().flatMap(List::stream))
        .doesNotContainAnyElementsOf(HANDLERS.keySet());
  }

  @Test
  void onDevice_namesHandlersAlone() {
    assertThat(HANDLERS.keySet()).containsAll(ON_DEVICE);
  }

  static void check(Path folder) throws Exception {
    Fixture fixture = Fixture.read(folder);
    Handler handler = HANDLERS.get(fixture.component());
    assertThat(handler)
        .as("%s: no handler for component %s", folder, fixture.component())
        .isNotNull();
    try (Scope scope = Scope.open()) {
      handler.check(fixture);
    }
  }

  private static boolean announceLater(String name, String component, Map<String, String> later) {
    if (!later.containsKey(component)) {
      return false;
    }
    System.out.printf(
        "golden %-32s still to come with %s (%s), not checked%n",
        name, later.get(component), component);
    return true;
  }

  private static String component(Path folder) {
    try {
      return Fixture.read(folder).component();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path root() {
    String given = System.getProperty("winnow.golden", "");
    if (!given.isEmpty()) {
      // Tests run in the module's folder; a relative path was probably given from the repository's
      // root.
      Path here = Path.of(given);
      return Files.isDirectory(here) || here.isAbsolute() ? here : Path.of("..").resolve(given);
    }
    Path shared = Path.of("../../shared/golden");
    return Files.isDirectory(shared) ? shared : null;
  }
}
