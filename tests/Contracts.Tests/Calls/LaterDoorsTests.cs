using System.Reflection;
using Google.Protobuf.Reflection;
using GrokForge.CfRefresh;
using GrokForge.Contracts.Calls;
using GrokForge.Gateway;
using GrokForge.MediaCache;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.TestKit;
using GrokForge.TokenPool;
using GrokForge.Upstream;
using Grpc.Core;
using Grpc.Net.Client;

namespace GrokForge.Contracts.Tests.Calls;

/// <summary>The product's own RPC doors: what belongs to later work says UNIMPLEMENTED to those who may call it, and everything else is there.</summary>
public sealed class LaterDoorsTests(LaterDoorsTests.OwnDoors doors) : IClassFixture<LaterDoorsTests.OwnDoors>
{
    /// <summary>What is left for later. Whoever builds one of them takes it from here.</summary>
    private static readonly HashSet<string> Later =
    [
        "UpstreamMedia/Generate",
        "MediaStore/Put", "MediaStore/Get", "MediaStore/Stat", "MediaStore/List", "MediaStore/Delete",
        "VideoJobs/Claim", "VideoJobs/Progress", "VideoJobs/Complete",
    ];

    /// <summary>Every method but the clearances', which have tests of their own.</summary>
    public static TheoryData<string> Methods => [.. All().Where(m => m.Service.Name != "Clearances").Select(NameOf)];

    [Theory, MemberData(nameof(Methods))]
    public async Task What_belongs_to_later_work_says_so_and_nothing_else_does(string name)
    {
        var method = All().Single(m => NameOf(m) == name);
        Assert.Equal(Later.Contains(name), await AnswerAsync(method) == StatusCode.Unimplemented);
    }

    [Fact]
    public void What_is_left_for_later_exists() => Assert.Empty(Later.Except(All().Select(NameOf)));

    private static string NameOf(MethodDescriptor method) => $"{method.Service.Name}/{method.Name}";

    /// <summary>Asks with an empty message, as one of the method's own callers. What asks for nothing may be answered, refused as invalid or not found, or left waiting for more.</summary>
    private async Task<StatusCode> AnswerAsync(MethodDescriptor method)
    {
        var caller = CallPolicy.Rules.Single(r => r.Service == method.Service.FullName).Callers[0];
        var token = new InternalTokens(new InternalKey(caller, ServiceUnderTest.InternalKey), TimeProvider.System).Own();
        var bytes = Marshallers.Create(b => b, b => b);
        var call = new Method<byte[], byte[]>(MethodType.DuplexStreaming, method.Service.FullName, method.Name, bytes, bytes);
        using var answer = doors.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(
            call, null, new CallOptions(new Metadata { { "authorization", $"Bearer {token}" } }, cancellationToken: TestContext.Current.CancellationToken));
        try
        {
            if (!method.IsClientStreaming)
                await answer.RequestStream.WriteAsync([], TestContext.Current.CancellationToken);
            await answer.RequestStream.CompleteAsync();
            while (await answer.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
            {
                // Answered.
            }

            return StatusCode.OK;
        }
        catch (RpcException refused)
        {
            return refused.StatusCode;
        }
    }

    private static IEnumerable<MethodDescriptor> All() =>
        typeof(CallPolicy).Assembly.GetTypes()
            .Select(t => t.GetProperty("Descriptor", BindingFlags.Static | BindingFlags.Public)?.GetValue(null) as ServiceDescriptor)
            .OfType<ServiceDescriptor>().SelectMany(s => s.Methods);

    /// <summary>All modules in one process, with the RPC doors that they have apart.</summary>
    public sealed class OwnDoors : IAsyncLifetime
    {
        private ServiceUnderTest? _service;

        internal GrpcChannel Channel { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            _service = await ServiceUnderTest.StartAsync(
                "allinone", new Dictionary<string, string?> { ["upstream:web_base_url"] = "http://127.0.0.1:9", ["token:wait_for_slot"] = "0" },
                builder => builder.AddTokenPool().AddUpstream().AddMediaCache().AddCfRefresh().AddGateway(),
                app => app.MapGatewayRpc().MapTokenPoolRpc().MapUpstreamRpc().MapMediaCacheRpc(), rpc: true, TestContext.Current.CancellationToken);
            Channel = GrpcChannel.ForAddress(_service.Rpc);
        }

        public async ValueTask DisposeAsync()
        {
            Channel.Dispose();
            if (_service is not null)
                await _service.DisposeAsync();
        }
    }
}
