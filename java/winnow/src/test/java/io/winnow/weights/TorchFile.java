package io.winnow.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes small torch.save files, pickle opcode by opcode. */
final class TorchFile {
  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();
  private final Map<String, byte[]> entries = new LinkedHashMap<>();
  private int storages;

  TorchFile() {
    raw(0x80, 2);
  }

  TorchFile raw(int... bytes) {
    for (int b : bytes) {
      pickle.write(b);
    }
    return this;
  }

  TorchFile op(char opcode) {
    return raw(opcode);
  }

  TorchFile global(String module, String name) {
    pickle.write('c');
    pickle.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    return this;
  }

  TorchFile text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    pickle.write('X');
    little(bytes.length);
    pickle.writeBytes(bytes);
    return this;
  }

  TorchFile number(int value) {
    pickle.write('J');
    little(value);
    return this;
  }

  /** A float32 tensor of one dimension with its own storage; the view may be made to lie. */
  TorchFile tensor(float[] values, int offset, int size, int stride) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    String key = Integer.toString(storages++);
    entries.put("data/" + key, bytes.array());
    global("torch._utils", "_rebuild_tensor_v2").op('(').op('(');
    text("storage").global("torch", "FloatStorage").text(key).text("cpu").number(values.length);
    op('t').op('Q').number(offset).number(size).raw(0x85).number(stride).raw(0x85).raw(0x89);
    return global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
  }

  TorchFile tensor(float... values) {
    return tensor(values, 0, values.length, 1);
  }

  TorchFile entry(String name, String content) {
    entries.put(name, content.getBytes(StandardCharsets.US_ASCII));
    return this;
  }

  byte[] pickle() {
    return pickle.toByteArray();
  }

  /** Ends the pickle and writes the archive. */
  Path write(Path file) throws IOException {
    return write(file, op('.').pickle());
  }

  Path write(Path file, byte[] data) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      put(zip, "archive/data.pkl", data);
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        put(zip, "archive/" + entry.getKey(), entry.getValue());
      }
    }
    return file;
  }

  private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(content);
    zip.closeEntry();
  }

  private void little(int value) {
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      pickle.write(value >> shift);
    }
  }
}
