using System.Net;
using GrokForge.LoadBench.Generator;

namespace GrokForge.LoadBench.Targets;

/// <summary>Somebody who answers chat requests, and the processes that this costs.</summary>
internal sealed class Target(string name, int port, string key, string model, IReadOnlyList<TargetProcess> processes)
{
    public const string Direct = "direct";
    public const string Proxy = "yarp";
    public const string OneXai = "allinone-xai";
    public const string OneWeb = "allinone-web";
    public const string AgainstXai = "against-xai";
    public const string AgainstWeb = "against-web";
    public const string Services = "services-xai";

    public string Name => name;

    public IPEndPoint Door { get; } = new(IPAddress.Loopback, port);

    public byte[] Request(bool stream, string mark) => ChatRequest.Make(Door.ToString(), key, model, stream, mark);

    /// <summary>Processor time of all its processes so far, in seconds.</summary>
    public double Processor() => processes.Sum(p => p.Processor.TotalSeconds);

    /// <summary>Resident memory of all its processes, in bytes.</summary>
    public long Resident() => processes.Sum(p => p.Resident);
}
