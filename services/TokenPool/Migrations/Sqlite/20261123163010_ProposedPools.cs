using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GrokForge.TokenPool.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ProposedPools : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "proposed_pool",
                table: "tokenpool_tokens",
                type: "TEXT",
                maxLength: 16,
                nullable: false,
                defaultValue: "");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "proposed_pool",
                table: "tokenpool_tokens");
        }
    }
}
