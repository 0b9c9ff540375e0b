package io.winnow.golden;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.winnow.tensor.Tensors;
import io.winnow.weights.Safetensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;
import org.bytedeco.pytorch.Tensor;

/** One folder of golden numbers: what a peer computed, and the tolerance. */
final class Fixture {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final JsonNode json;
  private final Map<String, Tensor> io;

  private Fixture(Path folder, JsonNode json, Map<String, Tensor> io) {
    this.folder = folder;
    this.json = json;
    this.io = io;
  }

  static Fixture read(Path folder) throws IOException {
    Path io = folder.resolve("io.safetensors");
    return new Fixture(
        folder,
        JSON.readTree(folder.resolve("fixture.json").toFile()),
        Files.exists(io) ? Safetensors.read(io) : Map.of());
  }

  Path folder() {
    return folder;
  }

  String name() {
    return folder.getFileName().toString();
  }

  String component() {
    return json.get("component").asText();
  }

  JsonNode json() {
    return json;
  }

  JsonNode config() {
    return json.get("config");
  }

  /** A sibling fixture named by this one's configuration. */
  Fixture sibling(String name) throws IOException {
    return read(folder.resolveSibling(name));
  }

  boolean has(String name) {
    return io.containsKey(name);
  }

  /** The stored input, or the one that the fill rule makes. */
  Tensor in(String name) {
    Tensor stored = io.get("in." + name);
    if (stored != null) {
      return stored;
    }
    for (JsonNode fill : config().path("fill_inputs")) {
      if (fill.get("name").asText().equals(name)) {
        return repeat(filled(fill), fill.path("repeat").asInt(1));
      }
    }
    throw new IllegalArgumentException(name() + ": no input " + name);
  }

  /** An input where networks compute. */
  Tensor there(String name) {
    return GoldenDevice.sent(in(name));
  }

  Tensor out(String name) {
    Tensor stored = io.get("out." + name);
    assertThat(stored).as("%s: stored output %s", name(), name).isNotNull();
    return stored;
  }

  List<String> outputs() {
    List<String> names = new ArrayList<>();
    json.get("outputs").forEach(n -> names.add(n.asText()));
    return names;
  }

  /** The state dict: stored, or made by the fill rule; empty where the fixture has none. */
  Map<String, Tensor> weights() {
    JsonNode weights = json.get("weights");
    if (weights == null || weights.isNull()) {
      return Map.of();
    }
    if (weights.isTextual()) {
      return Safetensors.read(folder.resolve(weights.asText()));
    }
    Map<String, Tensor> made = new LinkedHashMap<>();
    weights.path("keys").forEach(key -> made.put(key.get("name").asText(), filled(key)));
    weights
        .path("usual")
        .properties()
        .forEach(key -> made.put(key.getKey(), usual(key.getKey(), shape(key.getValue()))));
    return made;
  }

  /**
   * A tensor of the project's own fixtures by the fill rule, with the scale and offset that its
   * name and shape stand for.
   */
  private static Tensor usual(String name, long[] shape) {
    double scale;
    double offset = 0;
    if (name.endsWith("running_var")) {
      scale = 0.3;
      offset = 1;
    } else if (shape.length == 1 && name.endsWith("weight")) {
      scale = 0.2;
      offset = 1;
    } else if (name.contains("gamma")) {
      scale = 0.3;
      offset = 0.7;
    } else if (shape.length == 1) {
      scale = 0.1;
    } else if (name.contains("embed") || name.contains("cls_token")) {
      scale = 0.5;
    } else {
      long fanIn = Arrays.stream(shape).skip(1).reduce(1, Math::multiplyExact);
      scale = Math.sqrt(3.0 / fanIn) * 1.3;
    }
    return Tensors.of(fill(name, shape, scale, offset), shape);
  }

  private static long[] shape(JsonNode sizes) {
    long[] shape = new long[sizes.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = sizes.get(i).asLong();
    }
    return shape;
  }

  double relL2() {
    return json.get("tolerance").get("rel_l2").asDouble();
  }

  /**
   * Compares one output at the fixture's own tolerance (exact, abs or rel_l2) and prints the
   * measured error.
   */
  void compare(String output, Tensor ours) {
    JsonNode tolerance = json.get("tolerance");
    Tensor peer = out(output);
    if (tolerance.path("exact").asBoolean(false)) {
      assertThat(ours.shape()).as("%s %s shape", name(), output).containsExactly(peer.shape());
      assertThat(Tensors.doubles(ours))
          .as("%s %s", name(), output)
          .containsExactly(Tensors.doubles(peer));
      report(output, "exact", 0, 0);
    } else if (tolerance.has("abs")) {
      double error = absolute(Tensors.doubles(ours), Tensors.doubles(peer));
      report(output, "abs", error, tolerance.get("abs").asDouble());
      assertThat(error)
          .as("%s %s absolute error", name(), output)
          .isLessThanOrEqualTo(tolerance.get("abs").asDouble());
    } else {
      compareRelative(output, ours, relL2());
    }
  }

  /** Compares one output at a relative L2 limit that the fixture states elsewhere. */
  void compareRelative(String output, Tensor ours, double stated) {
    double limit = GoldenDevice.limit(stated);
    Tensor peer = out(output);
    assertThat(ours.shape()).as("%s %s shape", name(), output).containsExactly(peer.shape());
    double error = relative(Tensors.doubles(ours), Tensors.doubles(peer));
    report(output, "rel_l2", error, limit);
    assertThat(error).as("%s %s relative L2 error", name(), output).isLessThanOrEqualTo(limit);
  }

  void report(String output, String kind, double error, double limit) {
    System.out.printf(
        Locale.ROOT,
        "golden %-32s %-28s %-6s %.2e (limit %.0e)  %s%n",
        name(),
        output,
        kind,
        error,
        limit,
        json.path("peer").asText());
  }

  static double relative(double[] ours, double[] peer) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < peer.length; i++) {
      difference += (ours[i] - peer[i]) * (ours[i] - peer[i]);
      norm += peer[i] * peer[i];
    }
    return norm == 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
  }

  static double absolute(double[] ours, double[] peer) {
    assertThat(ours).hasSameSizeAs(peer);
    double largest = 0;
    for (int i = 0; i < peer.length; i++) {
      largest = Math.max(largest, Math.abs(ours[i] - peer[i]));
    }
    return largest;
  }

  static Tensor filled(JsonNode key) {
    long[] shape = shape(key.get("shape"));
    return Tensors.of(
        fill(
            key.get("name").asText(),
            shape,
            key.get("scale").asDouble(),
            key.path("offset").asDouble(0)),
        shape);
  }

  /**
   * The fill rule of the fixtures' format page: element i is offset + scale * u(i), rounded once to
   * float32.
   */
  static float[] fill(String name, long[] shape, double scale, double offset) {
    int n = 1;
    for (long size : shape) {
      n = Math.multiplyExact(n, Math.toIntExact(size));
    }
    CRC32 crc = new CRC32();
    crc.update(name.getBytes(StandardCharsets.UTF_8));
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) (offset + scale * uniform((crc.getValue() << 32) + i + 1));
    }
    return values;
  }

  /** u(i) of the fill rule, in [-1, 1). */
  static double uniform(long counter) {
    long z = counter * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    z = z ^ (z >>> 31);
    return (z >>> 40) / (double) (1 << 23) - 1;
  }

  private static Tensor repeat(Tensor tensor, int times) {
    int dims = Math.toIntExact(tensor.dim());
    return times == 1
        ? tensor
        : tensor
            .repeat_interleave(
                times,
                new org.bytedeco.pytorch.LongOptional(dims - 2),
                new org.bytedeco.pytorch.LongOptional())
            .repeat_interleave(
                times,
                new org.bytedeco.pytorch.LongOptional(dims - 1),
                new org.bytedeco.pytorch.LongOptional());
  }
}
