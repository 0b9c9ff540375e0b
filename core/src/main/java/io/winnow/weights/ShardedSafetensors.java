package io.winnow.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A model in several safetensors files, listed by a {@code *.safetensors.index.json}. Each shard is
 * opened once; all are checked before the first tensor is read. The index's {@code total_size} is
 * often wrong in the wild and not looked at.
 */
final class ShardedSafetensors implements TensorSource, AutoCloseable {
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  private final Map<String, Safetensors.Reader> shards = new LinkedHashMap<>();
  private final Map<String, Safetensors.Reader> shardOf = new LinkedHashMap<>();

  private ShardedSafetensors() {}

  static ShardedSafetensors open(Path index) throws IOException {
    ShardedSafetensors model = new ShardedSafetensors();
    try {
      JsonNode weightMap = JSON.readTree(index.toFile()).path("weight_map");
      if (!weightMap.isObject()) {
        throw new IllegalArgumentException(
            index + ": has no weight_map; an index of safetensors shards was expected");
      }
      for (Map.Entry<String, JsonNode> item : weightMap.properties()) {
        model.add(index, item.getKey(), item.getValue());
      }
      return model;
    } catch (JsonProcessingException e) {
      model.close();
      throw new IllegalArgumentException(
          index + ": is not valid JSON (" + e.getOriginalMessage() + ")", e);
    } catch (IOException | RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private void add(Path index, String tensor, JsonNode shardName) {
    String name = shardName.asText();
    if (!shardName.isTextual() || name.isEmpty() || name.matches(".*[/\\\\:].*|\\.\\.?")) {
      throw new IllegalArgumentException(
          index
              + ": tensor "
              + tensor
              + " is in the shard "
              + shardName
              + ", which is no plain file name");
    }
    Path file = index.resolveSibling(name);
    if (!shards.containsKey(name) && !Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          index + ": names the shard " + name + ", which is not beside it. Fetch it as well.");
    }
    Safetensors.Reader shard = shards.computeIfAbsent(name, n -> Safetensors.open(file));
    if (!shard.has(tensor)) {
      throw new IllegalArgumentException(
          index + ": says that tensor " + tensor + " is in " + name + ", but it is not there");
    }
    shardOf.put(tensor, shard);
  }

  @Override
  public List<String> paths() {
    return List.copyOf(shardOf.keySet());
  }

  @Override
  public Map<String, Object> scalars() {
    return Map.of();
  }

  @Override
  public Tensor tensor(String path) {
    return shardOf.get(path).tensor(path);
  }

  @Override
  public Tensor described(String path) {
    return shardOf.get(path).described(path);
  }

  @Override
  public List<String> shards() {
    return shards.keySet().stream().sorted().toList();
  }

  @Override
  public void close() {
    shards.values().forEach(Safetensors.Reader::close);
  }
}
