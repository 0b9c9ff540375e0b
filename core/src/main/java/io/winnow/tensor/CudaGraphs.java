package io.winnow.tensor;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.cuda.CUDAStream;
import org.bytedeco.pytorch.cuda.DeviceAssertionsDataVectorCUDAKernelLaunchInfoVectorPair;
import org.bytedeco.pytorch.cuda.MemPool;
import org.bytedeco.pytorch.cuda.StreamFilter;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * CUDA graphs, by the calls that the engine's own class CUDAGraph makes, which the Java binding
 * does not have: capture on a stream of its own, in the global mode, with memory of a pool of its
 * own. Loaded on CUDA alone, as {@link Cuda}. Not verified on a GPU.
 */
final class CudaGraphs implements GraphRecorder {
  /** As many as the engine's documentation asks for before a capture. */
  private static final int WARM_UP = 3;

  private static final int GLOBAL = 0; // cudaStreamCaptureModeGlobal
  private static final long AUTO_FREE = 1; // cudaGraphInstantiateFlagAutoFreeOnLaunch

  private final byte device;

  CudaGraphs(int device) {
    this.device = (byte) device;
  }

  @Override
  public Recording record(Supplier<List<Tensor>> work) {
    boolean cached = torch.is_autocast_cache_enabled();
    try (Scope scope = Scope.open()) {
      CUDAStream usual = torch_cuda.getCurrentCUDAStream(device);
      CUDAStream own = torch_cuda.getStreamFromPool(false, device);
      torch_cuda.device_synchronize(); // the inputs are there
      torch_cuda.setCurrentCUDAStream(own);
      torch.set_autocast_cache_enabled(false); // what it keeps would be of this pool's memory
      try {
        for (int i = 0; i < WARM_UP; i++) {
          try (Scope once = Scope.open()) {
            Objects.requireNonNull(work.get(), "the work gives what it computed");
          }
        }
        torch_cuda.device_synchronize();
        return captured(own, work);
      } finally {
        torch.set_autocast_cache_enabled(cached);
        torch_cuda.setCurrentCUDAStream(usual);
      }
    }
  }

  private Recording captured(CUDAStream own, Supplier<List<Tensor>> work) {
    Pool pool = new Pool(device, Cudart.stream(own).address());
    Pointer graph = Scope.immortal(Cudart.made("CUgraph_st"));
    Pointer executable = Scope.immortal(Cudart.made("CUgraphExec_st"));
    List<Tensor> outputs;
    try {
      pool.open();
      try {
        Cudart.call("cudaStreamBeginCapture", Cudart.stream(own), GLOBAL);
        try {
          outputs = work.get();
          outputs.forEach(Scope::immortal);
        } finally {
          Cudart.call("cudaStreamEndCapture", Cudart.stream(own), graph); // after a failure, too
        }
      } finally {
        pool.shut();
      }
      Cudart.call("cudaGraphInstantiateWithFlags", executable, graph, AUTO_FREE);
    } catch (RuntimeException e) {
      pool.release();
      throw e;
    }
    return new Captured(device, pool, graph, executable, outputs);
  }

  /** Memory that belongs to one graph for its whole life. */
  private static final class Pool {
    private final byte device;
    private final DeviceAssertionsDataVectorCUDAKernelLaunchInfoVectorPair id;
    private final StreamFilter filter; // held: the engine has its address alone

    Pool(byte device, long stream) {
      this.device = device;
      this.id = Scope.immortal(MemPool.graph_pool_handle(false));
      this.filter = Scope.immortal(new OfStream(stream));
    }

    void open() {
      torch_cuda.beginAllocateToPool(device, id, filter);
    }

    void shut() {
      torch_cuda.endAllocateToPool(device, id);
    }

    void release() {
      try (Scope scope = Scope.open()) {
        torch_cuda.getAllocator().releasePool(device, id);
      }
      id.close();
      filter.close();
    }
  }

  /** Accepts what is allocated on one stream. */
  private static final class OfStream extends StreamFilter {
    private final long stream;

    OfStream(long stream) {
      this.stream = stream;
    }

    @Override
    public boolean call(Pointer asked) {
      return (asked == null ? 0 : asked.address()) == stream;
    }
  }

  private record Captured(
      byte device, Pool pool, Pointer graph, Pointer executable, List<Tensor> outputs)
      implements Recording {
    @Override
    public void replay() {
      try (Scope scope = Scope.open()) {
        CUDAStream usual = torch_cuda.getCurrentCUDAStream(device);
        Cudart.call("cudaGraphLaunch", executable, Cudart.stream(usual));
      }
    }

    @Override
    public void close() {
      torch_cuda.device_synchronize(); // it may still run
      outputs.forEach(Tensor::close);
      Cudart.call("cudaGraphExecDestroy", executable);
      Cudart.call("cudaGraphDestroy", graph);
      pool.release();
    }
  }

  /**
   * The run-time's own calls, by reflection: their classes are of {@code org.bytedeco:cuda}, which
   * the build without the profile does not have.
   */
  private static final class Cudart {
    private static final String PACKAGE = "org.bytedeco.cuda.";

    static Pointer made(String type) {
      try {
        Class<?> found = Class.forName(PACKAGE + "cudart." + type);
        return found.asSubclass(Pointer.class).getConstructor().newInstance();
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("no class of cudart " + type, e);
      }
    }

    static Pointer stream(CUDAStream stream) {
      try {
        return (Pointer) CUDAStream.class.getMethod("stream").invoke(stream);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("the engine does not name its stream", e);
      }
    }

    static void call(String name, Object... arguments) {
      try {
        Class<?> cudart = Class.forName(PACKAGE + "global.cudart");
        Method method =
            Arrays.stream(cudart.getMethods())
                .filter(m -> m.getName().equals(name))
                .filter(m -> m.getParameterCount() == arguments.length)
                .findFirst()
                .orElseThrow(() -> new NoSuchMethodException(name));
        int code = (int) method.invoke(null, arguments);
        if (code != 0) {
          BytePointer words =
              (BytePointer) cudart.getMethod("cudaGetErrorString", int.class).invoke(null, code);
          throw new IllegalStateException(name + ": " + words.getString());
        }
      } catch (InvocationTargetException e) {
        throw new IllegalStateException(name + ": " + e.getCause().getMessage(), e);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cudart has no call " + name, e);
      }
    }
  }
}
