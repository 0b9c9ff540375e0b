package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.tensor.Scope;
import io.winnow.weights.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/** A pipeline folder that Winnow wrote, file by file beside the one that diffusers wrote. */
final class WrittenFolder {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> WEIGHTS =
      List.of(
          "unet/diffusion_pytorch_model.safetensors",
          "vae/diffusion_pytorch_model.safetensors",
          "text_encoder/model.safetensors");

  private static final List<String> CONFIGS =
      List.of(
          "model_index.json",
          "unet/config.json",
          "vae/config.json",
          "text_encoder/config.json",
          "scheduler/scheduler_config.json",
          "tokenizer/tokenizer_config.json");

  private static final String TEXT_MODEL = "text_model.";

  /** Which library wrote the file. */
  private static final Set<String> VERSIONS = Set.of("_diffusers_version", "transformers_version");

  /** What transformers wrote before version 5. */
  private static final Set<String> OLDER = Set.of("torch_dtype", "do_lower_case");

  private WrittenFolder() {}

  /**
   * Requires every tensor by name, type, shape and value, every setting that is written, and the
   * same tokens. Settings that diffusers writes beyond those are its defaults.
   */
  static void requireSame(Path diffusers, Path ours) throws IOException {
    for (String file : WEIGHTS) {
      try (Scope scope = Scope.open()) {
        Map<String, Tensor> expected = Safetensors.read(diffusers.resolve(file));
        Map<String, Tensor> found = new LinkedHashMap<>();
        Safetensors.read(ours.resolve(file)).forEach((key, t) -> found.put(present(key), t));
        assertThat(found.keySet()).as(file).isEqualTo(expected.keySet());
        expected.forEach((name, t) -> assertThat(t.equal(found.get(name))).as(name).isTrue());
      }
    }
    for (String file : CONFIGS) {
      JsonNode expected = JSON.readTree(diffusers.resolve(file).toFile());
      JsonNode found = JSON.readTree(ours.resolve(file).toFile());
      for (Map.Entry<String, JsonNode> item : found.properties()) {
        String key = item.getKey();
        if (!VERSIONS.contains(key) && !OLDER.contains(key)) {
          assertThat(plain(item.getValue()))
              .as(file + " " + key)
              .isEqualTo(plain(expected.path(key)));
        }
      }
    }
    assertThat(JSON.readTree(ours.resolve("tokenizer/vocab.json").toFile()))
        .isEqualTo(JSON.readTree(diffusers.resolve("tokenizer/vocab.json").toFile()));
    assertThat(Files.readAllLines(ours.resolve("tokenizer/merges.txt")))
        .isEqualTo(Files.readAllLines(diffusers.resolve("tokenizer/merges.txt")));
  }

  /** Every version of transformers reads the long names; the newest writes the short ones. */
  private static String present(String key) {
    return key.startsWith(TEXT_MODEL) ? key.substring(TEXT_MODEL.length()) : key;
  }

  /** 1 and 1.0 are one number. */
  private static Object plain(JsonNode value) {
    return value.isNumber() ? (Object) value.doubleValue() : value.toString();
  }
}
