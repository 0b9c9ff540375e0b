package io.winnow.weights;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** The safetensors format: tensors by name, in the order of the header. */
public final class Safetensors {
  private Safetensors() {}

  /** Reads every tensor of a file into memory of its own. */
  public static Map<String, Tensor> read(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer map =
          channel
              .map(FileChannel.MapMode.READ_ONLY, 0, channel.size())
              .order(ByteOrder.LITTLE_ENDIAN);
      int headerLength = Math.toIntExact(map.getLong(0));
      byte[] header = new byte[headerLength];
      map.get(8, header);
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      JsonNode json = new ObjectMapper().readTree(header);
      json.properties()
          .forEach(
              entry -> {
                if (!entry.getKey().equals("__metadata__")) {
                  tensors.put(entry.getKey(), tensor(entry.getValue(), map, 8 + headerLength));
                }
              });
      return tensors;
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": could not be read", e);
    }
  }

  private static Tensor tensor(JsonNode entry, ByteBuffer map, int base) {
    long[] shape = new long[entry.get("shape").size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = entry.get("shape").get(i).asLong();
    }
    int begin = entry.get("data_offsets").get(0).asInt();
    int end = entry.get("data_offsets").get(1).asInt();
    torch.ScalarType type =
        switch (entry.get("dtype").asText()) {
          case "F32" -> torch.ScalarType.Float;
          case "F64" -> torch.ScalarType.Double;
          case "F16" -> torch.ScalarType.Half;
          case "BF16" -> torch.ScalarType.BFloat16;
          case "I64" -> torch.ScalarType.Long;
          case "I32" -> torch.ScalarType.Int;
          case "I16" -> torch.ScalarType.Short;
          case "I8" -> torch.ScalarType.Char;
          case "U8" -> torch.ScalarType.Byte;
          case "BOOL" -> torch.ScalarType.Bool;
          default -> throw new IllegalArgumentException("dtype " + entry.get("dtype"));
        };
    Tensor tensor = torch.empty(shape, new TensorOptions(type), null);
    byte[] bytes = new byte[end - begin];
    map.get(base + begin, bytes);
    if (bytes.length > 0) {
      new BytePointer(tensor.data_ptr()).put(bytes);
    }
    return tensor;
  }
}
