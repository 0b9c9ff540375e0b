package io.winnow.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * The header of a safetensors file, checked: every type known, every size right, and the tensors
 * tile the data area from its first byte to its last.
 */
record SafetensorsHeader(
    Map<String, Entry> entries, Map<String, String> metadata, long dataStart, long dataSize) {
  /** One tensor: begin and end count from the start of the data area. */
  record Entry(ElementType type, List<Long> shape, long begin, long end) {
    long[] sizes() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }

    private Entry checkSize(String where) {
      long bytes = type.bytes(sizes());
      if (bytes < 0) {
        throw refused(where, "the size of shape " + shape + " overflows");
      }
      if (end < begin || end - begin != bytes) {
        throw refused(
            where,
            "data_offsets ["
                + begin
                + ", "
                + end
                + "] do not span the "
                + bytes
                + " bytes of "
                + type
                + " "
                + shape);
      }
      return this;
    }
  }

  private static final int LENGTH_BYTES = 8;
  private static final long LONGEST = 100_000_000;
  private static final String METADATA = "__metadata__";
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  static SafetensorsHeader read(FileChannel channel, String where) throws IOException {
    long size = channel.size();
    if (size < LENGTH_BYTES) {
      throw refused(
          where,
          "has "
              + size
              + " bytes, but the length of the header alone takes 8. It is cut short; fetch it again.");
    }
    ByteSource file = ByteSource.FileRegion.whole(channel);
    ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    file.read(0, length);
    long n = length.getLong(0);
    if (n < 0 || n > LONGEST) {
      throw refused(
          where,
          "header length " + Long.toUnsignedString(n) + "; at most " + LONGEST + " is allowed");
    }
    if (n > size - LENGTH_BYTES) {
      throw refused(
          where,
          "header length "
              + n
              + " passes the end of the file ("
              + size
              + " bytes). It is cut short; fetch it again.");
    }
    ByteBuffer json = ByteBuffer.allocate((int) n);
    file.read(LENGTH_BYTES, json);
    String text = utf8(json.flip(), where);
    if (!text.startsWith("{")) {
      throw refused(where, "the header is not a JSON object");
    }
    SafetensorsHeader header = parse(text, where, LENGTH_BYTES + n, size - LENGTH_BYTES - n);
    header.checkTiling(where);
    return header;
  }

  private static String utf8(ByteBuffer bytes, String where) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(where + ": the header is not UTF-8", e);
    }
  }

  private static SafetensorsHeader parse(String text, String where, long start, long size)
      throws IOException {
    Map<String, Entry> entries = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    try (JsonParser json = JSON.createParser(text)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String name = json.currentName();
        if (json.nextToken() != JsonToken.START_OBJECT) {
          throw refused(where, "the header's entry " + name + " is not an object");
        }
        if (name.equals(METADATA)) {
          readMetadata(json, metadata, where);
        } else {
          entries.put(name, entry(json, where + ": tensor " + name));
        }
      }
      if (json.nextToken() != null) {
        throw refused(where, "the header goes on after its object");
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          where + ": the header is not valid JSON (" + e.getOriginalMessage() + ")", e);
    }
    return new SafetensorsHeader(entries, Collections.unmodifiableMap(metadata), start, size);
  }

  private static void readMetadata(JsonParser json, Map<String, String> into, String where)
      throws IOException {
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String key = json.currentName();
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw refused(where, METADATA + "." + key + " is not a string");
      }
      into.put(key, json.getText());
    }
  }

  private static Entry entry(JsonParser json, String where) throws IOException {
    String type = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      JsonToken value = json.nextToken();
      switch (field) {
        case "dtype" -> type = value == JsonToken.VALUE_STRING ? json.getText() : "";
        case "shape" -> shape = sizes(json, value, where + ": shape");
        case "data_offsets" -> offsets = sizes(json, value, where + ": data_offsets");
        default -> json.skipChildren();
      }
    }
    if (type == null || shape == null || offsets == null || offsets.size() != 2) {
      throw refused(where, "needs dtype, shape and two data_offsets");
    }
    String name = type;
    ElementType element =
        ElementType.named(type)
            .filter(t -> t != ElementType.C128)
            .orElseThrow(() -> refused(where, "dtype " + name + " is unknown"));
    return new Entry(element, shape, offsets.get(0), offsets.get(1)).checkSize(where);
  }

  private static List<Long> sizes(JsonParser json, JsonToken first, String where)
      throws IOException {
    if (first != JsonToken.START_ARRAY) {
      throw refused(where, "is not a list of numbers");
    }
    List<Long> sizes = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw refused(where, "holds " + json.getText() + "; whole numbers were expected");
      }
      if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
        throw refused(where, json.getText() + " overflows 63 bits");
      }
      if (json.getLongValue() < 0) {
        throw refused(where, json.getText() + " is negative");
      }
      sizes.add(json.getLongValue());
    }
    return sizes;
  }

  private void checkTiling(String where) {
    List<Map.Entry<String, Entry>> byOffset = new ArrayList<>(entries.entrySet());
    byOffset.sort(
        Comparator.comparingLong((Map.Entry<String, Entry> e) -> e.getValue().begin())
            .thenComparingLong(e -> e.getValue().end()));
    long at = 0;
    for (Map.Entry<String, Entry> next : byOffset) {
      Entry entry = next.getValue();
      if (entry.begin() != at) {
        throw refused(
            where,
            "tensor "
                + next.getKey()
                + " starts at byte "
                + entry.begin()
                + " of the data, "
                + (entry.begin() < at ? "inside the tensor before it" : "after a hole")
                + "; "
                + at
                + " was expected");
      }
      at = entry.end();
    }
    if (at != dataSize) {
      throw refused(
          where,
          "the tensors take "
              + at
              + " bytes, the file has "
              + dataSize
              + " after the header. It is "
              + (at > dataSize ? "cut short; fetch it again." : "followed by something else."));
    }
  }

  private static IllegalArgumentException refused(String where, String what) {
    return new IllegalArgumentException(where + ": " + what);
  }

  /** Length, JSON and padding of a header for tensors written in the map's order. */
  static byte[] bytes(Map<String, Tensor> tensors, Map<String, String> metadata) {
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    try (JsonGenerator out = JSON.createGenerator(json)) {
      out.writeStartObject();
      if (!metadata.isEmpty()) {
        out.writeObjectFieldStart(METADATA);
        for (Map.Entry<String, String> item : metadata.entrySet()) {
          out.writeStringField(item.getKey(), item.getValue());
        }
        out.writeEndObject();
      }
      long at = 0;
      for (Map.Entry<String, Tensor> item : tensors.entrySet()) {
        at = writeEntry(out, item.getKey(), item.getValue(), at);
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int padding = -json.size() & 7;
    json.writeBytes(" ".repeat(padding).getBytes(StandardCharsets.US_ASCII));
    return ByteBuffer.allocate(LENGTH_BYTES + json.size())
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.size())
        .put(json.toByteArray())
        .array();
  }

  private static long writeEntry(JsonGenerator out, String name, Tensor tensor, long at)
      throws IOException {
    if (name.equals(METADATA)) {
      throw new IllegalArgumentException("safetensors: a tensor cannot be called " + METADATA);
    }
    long end = at + tensor.numel() * ElementType.of(tensor).size();
    out.writeObjectFieldStart(name);
    out.writeStringField("dtype", ElementType.of(tensor).name());
    out.writeFieldName("shape");
    out.writeArray(tensor.shape(), 0, Math.toIntExact(tensor.dim()));
    out.writeFieldName("data_offsets");
    out.writeArray(new long[] {at, end}, 0, 2);
    out.writeEndObject();
    return end;
  }
}
