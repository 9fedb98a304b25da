using System.Runtime.CompilerServices;
using GrokForge.Contracts.Tokens;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace GrokForge.Contracts.Tests.TokenPool;

/// <summary>However an import over gRPC ends, its caller hears how, and nobody reads its lines on.</summary>
public sealed class RemoteImportTests : IAsyncLifetime
{
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;
    private RemoteTokenAdmin _admin = null!;
    private bool _linesEnded;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        _app = builder.Build();
        _app.MapGrpcService<FrailAdmin>();
        await _app.StartAsync(Cancelled);
        var server = (TestServer)_app.Services.GetRequiredService<IServer>();
        _channel = GrpcChannel.ForAddress("http://tokenpool", new GrpcChannelOptions { HttpHandler = server.CreateHandler() });
        _admin = new RemoteTokenAdmin(new TokenAdmin.TokenAdminClient(_channel));
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task A_pool_that_fails_in_the_middle_ends_the_reading_of_lines_that_come_slowly()
    {
        var results = new List<ImportTokenResult>();
        var fault = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await foreach (var result in _admin.ImportAsync(LinesAsync(["one", "fail"], stays: true, Cancelled), Cancelled))
                results.Add(result);
        });
        Assert.Equal((StatusCode.Unavailable, true), (fault.StatusCode, _linesEnded));
        Assert.Equal("one", Assert.Single(results).Masked);
    }

    [Fact]
    public async Task A_pool_that_fails_after_the_last_line_is_no_import_that_went_well()
    {
        var fault = await Assert.ThrowsAsync<RpcException>(async () => await _admin.ImportAsync(LinesAsync(["one", "end"], stays: false, Cancelled), Cancelled).ToListAsync(Cancelled));
        Assert.Equal((StatusCode.Unavailable, true), (fault.StatusCode, _linesEnded));
    }

    [Fact]
    public async Task Lines_that_cannot_be_read_to_their_end_say_why()
    {
        var unreadable = Assert.ThrowsAsync<InvalidDataException>(async () => await _admin.ImportAsync(LinesAsync(["one", null], stays: false, Cancelled), Cancelled).ToListAsync(Cancelled));
        Assert.Equal("cut off", (await unreadable).Message);
    }

    [Fact]
    public async Task A_caller_who_has_seen_enough_reads_no_more_lines()
    {
        await foreach (var _ in _admin.ImportAsync(LinesAsync(["one", "two"], stays: true, Cancelled), Cancelled))
            break;
        Assert.True(_linesEnded);
    }

    /// <param name="texts">A null: the lines break off.</param>
    /// <param name="stays">No end comes after the last.</param>
    private async IAsyncEnumerable<ImportTokenLine> LinesAsync(string?[] texts, bool stays, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            foreach (var text in texts)
                yield return new ImportTokenLine { Text = text ?? throw new InvalidDataException("cut off") };
            if (stays)
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        finally
        {
            _linesEnded = true;
        }
    }

    /// <summary>Answers each line, and fails at a line "fail", or after the last one where that was "end".</summary>
    private sealed class FrailAdmin : TokenAdmin.TokenAdminBase
    {
        public override async Task Import(IAsyncStreamReader<ImportTokenLine> requestStream, IServerStreamWriter<ImportTokenResult> responseStream, ServerCallContext context)
        {
            var last = "";
            await foreach (var line in requestStream.ReadAllAsync(context.CancellationToken))
            {
                if (line.Text == "fail")
                    throw new RpcException(new Status(StatusCode.Unavailable, "away"));
                last = line.Text;
                await responseStream.WriteAsync(new ImportTokenResult { Masked = line.Text }, context.CancellationToken);
            }
            if (last == "end")
                throw new RpcException(new Status(StatusCode.Unavailable, "away"));
        }
    }
}
