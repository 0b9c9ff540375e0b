package io.winnow.weights;

import io.winnow.tensor.Tensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.pytorch.Tensor;

/** Writes torch.save files, pickle opcode by opcode. */
public final class TorchFile {
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
    storage(values).number(offset).number(size).raw(0x85).number(stride).raw(0x85);
    return rebuilt();
  }

  private TorchFile storage(float[] values) {
    byte[] bytes = new byte[Float.BYTES * values.length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return storage("FloatStorage", bytes, values.length);
  }

  private TorchFile storage(String type, byte[] content, int count) {
    String key = Integer.toString(storages++);
    entries.put("data/" + key, content);
    global("torch._utils", "_rebuild_tensor_v2").op('(').op('(');
    text("storage").global("torch", type).text(key).text("cpu").number(count);
    return op('t').op('Q');
  }

  /** What follows offset, size and stride: no gradient, no hooks. */
  private TorchFile rebuilt() {
    raw(0x89);
    return global("collections", "OrderedDict").op(')').op('R').op('t').op('R');
  }

  /**
   * A whole state dict of float32 and int64 tensors, as {@code torch.save(net.state_dict())} writes
   * it.
   */
  public static Path stateDict(Path file, Map<String, Tensor> state) throws IOException {
    TorchFile torch = new TorchFile().op('}').op('(');
    state.forEach((key, tensor) -> torch.text(key).tensor(tensor));
    return torch.op('u').write(file);
  }

  /** A contiguous tensor of any shape with its own storage. */
  private TorchFile tensor(Tensor tensor) {
    long[] shape = tensor.shape();
    if (tensor.is_floating_point()) {
      storage(Tensors.floats(tensor));
    } else {
      long[] values = Tensors.longs(tensor);
      byte[] bytes = new byte[Long.BYTES * values.length];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().put(values);
      storage("LongStorage", bytes, values.length);
    }
    number(0).op('(');
    for (long size : shape) {
      number((int) size);
    }
    op('t').op('(');
    for (int dim = 0; dim < shape.length; dim++) {
      int stride = 1;
      for (int inner = dim + 1; inner < shape.length; inner++) {
        stride *= (int) shape[inner];
      }
      number(stride);
    }
    return op('t').rebuilt();
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
      zip.setLevel(Deflater.NO_COMPRESSION);
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
