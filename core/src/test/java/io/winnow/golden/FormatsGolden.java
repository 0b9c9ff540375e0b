package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Checkpoint;
import io.winnow.weights.Npy;
import io.winnow.weights.Npz;
import io.winnow.weights.Safetensors;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Handlers of the file formats: what peers wrote must be read, what they refuse refused. */
final class FormatsGolden {
  private FormatsGolden() {}

  static Map<String, Handler> handlers() {
    return Map.of(
        "npz_formats", FormatsGolden::npz,
        "torch_save_formats", FormatsGolden::torchSave,
        "safetensors_formats", FormatsGolden::safetensors);
  }

  private static void npz(Fixture fixture) {
    fixture
        .config()
        .get("files")
        .properties()
        .forEach(
            file -> {
              Path path = fixture.folder().resolve(file.getKey());
              if (file.getKey().endsWith(".npy")) {
                fixture.compare(file.getKey() + "/array", Npy.read(path));
              } else {
                npzEntries(fixture, path, file.getValue());
              }
            });
    refusals(fixture, file -> file.toString().endsWith(".npy") ? Npy.read(file) : Npz.open(file));
  }

  private static void npzEntries(Fixture fixture, Path path, JsonNode expected) {
    try (Npz npz = Npz.open(path)) {
      expected
          .get("entries")
          .forEach(
              entry ->
                  fixture.compare(
                      path.getFileName() + "/" + entry.asText(), npz.tensor(entry.asText())));
      expected
          .path("refused_entries")
          .forEach(
              entry ->
                  refused(fixture, path + "/" + entry.asText(), () -> npz.tensor(entry.asText())));
    }
  }

  private static void torchSave(Fixture fixture) {
    fixture
        .config()
        .get("files")
        .properties()
        .forEach(
            file -> {
              Checkpoint.Contents contents =
                  Checkpoint.readAll(fixture.folder().resolve(file.getKey()));
              assertThat(contents.tensors().keySet())
                  .as("%s tensors", file.getKey())
                  .containsExactlyInAnyOrderElementsOf(texts(file.getValue().get("tensors")));
              contents
                  .tensors()
                  .forEach((path, tensor) -> fixture.compare(file.getKey() + "/" + path, tensor));
              scalars(file.getKey(), contents.scalars(), file.getValue().get("scalars"));
            });
    fixture
        .config()
        .path("optional")
        .properties()
        .forEach(file -> optional(fixture, fixture.folder().resolve(file.getKey())));
    refusals(fixture, Checkpoint::readAll);
  }

  private static void scalars(String file, Map<String, Object> ours, JsonNode expected) {
    expected
        .properties()
        .forEach(
            entry -> {
              assertThat(ours).as("%s scalars", file).containsKey(entry.getKey());
              Object value = ours.get(entry.getKey());
              JsonNode peer = entry.getValue();
              Object wanted =
                  peer.isNull()
                      ? null
                      : peer.isBoolean()
                          ? (Object) peer.booleanValue()
                          : peer.isIntegralNumber()
                              ? (Object) peer.longValue()
                              : peer.isNumber() ? (Object) peer.doubleValue() : peer.asText();
              assertThat(value).as("%s %s", file, entry.getKey()).isEqualTo(wanted);
            });
  }

  private static void optional(Fixture fixture, Path file) {
    Checkpoint.readAll(file)
        .tensors()
        .forEach(
            (path, tensor) ->
                fixture.compare(
                    file.getFileName() + "/" + path,
                    tensor.is_complex() ? torch.view_as_real(tensor) : tensor));
  }

  private static void safetensors(Fixture fixture) throws Exception {
    Map<String, JsonNode> byTensor = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> file : fixture.config().get("files").properties()) {
      Path path = fixture.folder().resolve(file.getKey());
      JsonNode expected = file.getValue();
      try (Safetensors.Reader reader = Safetensors.open(path)) {
        Map<String, String> metadata = new LinkedHashMap<>();
        expected
            .get("metadata")
            .properties()
            .forEach(m -> metadata.put(m.getKey(), m.getValue().asText()));
        assertThat(reader.metadata()).as("%s metadata", file.getKey()).isEqualTo(metadata);
      }
      checkTensors(file.getKey(), Safetensors.read(path), expected.get("tensors"));
      expected
          .get("tensors")
          .properties()
          .forEach(t -> byTensor.put(file.getKey() + "/" + t.getKey(), t.getValue()));
    }
    for (Map.Entry<String, JsonNode> index : fixture.config().path("index").properties()) {
      Map<String, Tensor> model = Checkpoint.read(fixture.folder().resolve(index.getKey()));
      assertThat(model).hasSize(index.getValue().size());
      index
          .getValue()
          .properties()
          .forEach(
              tensor ->
                  checkTensor(
                      index.getKey() + "/" + tensor.getKey(),
                      model.get(tensor.getKey()),
                      byTensor.get(tensor.getValue().asText() + "/" + tensor.getKey())));
    }
    refusals(
        fixture,
        file -> file.toString().endsWith(".json") ? Checkpoint.read(file) : Safetensors.read(file));
    fixture.report("files", "exact", 0, 0);
  }

  private static void checkTensors(String file, Map<String, Tensor> ours, JsonNode expected) {
    assertThat(ours).as(file).hasSize(expected.size());
    expected
        .properties()
        .forEach(
            tensor ->
                checkTensor(
                    file + "/" + tensor.getKey(), ours.get(tensor.getKey()), tensor.getValue()));
  }

  private static void checkTensor(String name, Tensor ours, JsonNode expected) {
    assertThat(ours).as(name).isNotNull();
    assertThat(ours.shape())
        .as("%s shape", name)
        .containsExactly(
            texts(expected.get("shape")).stream().mapToLong(Long::parseLong).toArray());
    byte[] bytes =
        ours.numel() == 0 ? new byte[0] : Tensors.bytes(ours.view(-1).view(ScalarType.Byte));
    assertThat(HexFormat.of().formatHex(bytes)).as(name).isEqualTo(expected.get("hex").asText());
  }

  /** Opens a file that must be refused. */
  private interface Opening {
    Object open(Path file);
  }

  private static void refusals(Fixture fixture, Opening opening) {
    fixture
        .config()
        .path("refuse")
        .properties()
        .forEach(
            file -> {
              Path path = fixture.folder().resolve(file.getKey());
              refused(fixture, path.toString(), () -> opening.open(path));
            });
  }

  private static void refused(Fixture fixture, String file, ThrowingCallable reading) {
    Throwable refusal = catchThrowable(reading);
    assertThat(refusal)
        .as("%s must be refused", file)
        .isInstanceOfAny(IllegalArgumentException.class, UncheckedIOException.class);
    assertThat(refusal.getMessage()).as("names the file").contains(file).contains(": ");
    System.out.printf("golden %-32s refuses %s%n", fixture.name(), refusal.getMessage());
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(node -> texts.add(node.asText()));
    return texts;
  }
}
